"""The API under `/api/v1`: what the command line prints with --json, for machines with a key."""
