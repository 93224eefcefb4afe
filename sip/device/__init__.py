"""The device: registered, publishing, asked by its server; and the sockets all that goes by."""
