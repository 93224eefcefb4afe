"""The tracker of a Linux device: its fixes, kept until the server has them, and its orders."""
