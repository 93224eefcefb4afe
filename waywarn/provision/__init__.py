"""Provisioning: how a device comes to its account, from a one-time token to a file that works."""
