"""The benchmark harness: seeded workloads, checked answers, rivals beside us, a table, JSON and a picture."""
