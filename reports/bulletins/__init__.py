"""Bulletins: what is published of the environment of a day, a month, a quarter or a year."""
