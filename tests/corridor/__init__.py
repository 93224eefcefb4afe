"""Tests of corridor."""
