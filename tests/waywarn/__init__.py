"""Tests of waywarn."""
