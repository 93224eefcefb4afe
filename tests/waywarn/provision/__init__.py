"""Tests of provisioning: tokens, what is handed out, and the door."""
