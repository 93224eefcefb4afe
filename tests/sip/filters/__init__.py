"""Tests of location filters."""
