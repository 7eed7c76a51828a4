"""Law as data: limits, indexes and assessment rules with their dates, clauses and certainty."""
