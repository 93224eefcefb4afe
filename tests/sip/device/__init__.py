"""Tests of ``sip/device``."""
