"""The presence server: who may ask, what each request does, and the sockets it comes by."""
