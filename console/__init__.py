"""The composition root: command line, service, page."""
