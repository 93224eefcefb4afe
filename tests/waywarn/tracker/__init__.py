"""Tests of the tracker: its queue, its sources, its orders, and the whole way."""
