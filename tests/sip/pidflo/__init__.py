"""Tests of PIDF-LO."""
