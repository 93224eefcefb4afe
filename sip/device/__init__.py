"""The device: publications to a server, and the sockets they leave by."""
