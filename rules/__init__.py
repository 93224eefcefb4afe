"""Deciding: state machines over measured fixes. No I/O, no clock, no geometry library."""
