"""Tests of ``sip/server``."""
