"""Fuzzing: what is fuzzed, and what it has found."""
