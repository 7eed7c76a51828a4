"""Rules: what is watched, when it is an alarm, how grave it is."""
