"""Bytes to fixes and back: PIDF-LO, SIP, the publishing device. Sockets only in the shell files."""
