"""What to tell whom and when, and the sending of it."""
