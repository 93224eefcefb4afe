"""The demo: a simulated day, told with the real commands on this machine."""
