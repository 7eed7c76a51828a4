"""Rows as the command line prints them with --json and the API answers them: made once, keys stable."""
