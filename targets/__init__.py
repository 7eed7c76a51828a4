"""The promise in its four fields: sixty indicators, the records that prove them, and the judge."""
