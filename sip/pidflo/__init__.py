"""PIDF-LO documents (RFC 4119, 5491) in and out."""
