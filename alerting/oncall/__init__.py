"""Who is called, in which order, by what: `oncall.toml`."""
