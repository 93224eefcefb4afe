"""Benchmarks: each checks its answer before it times, prints its baseline, and is seeded."""
