"""The application: command line, configuration, service, store, replay."""
