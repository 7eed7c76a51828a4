"""From readings to verdicts: hours, days, years, and why."""
