"""Simulated stations: plausible series, labelled faults, and a score of what was found of them."""
