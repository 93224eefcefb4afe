"""Tests of the way back to a device."""
