"""The copy of readings and verdicts in InfluxDB: what is written there, and the writer that keeps it up."""
