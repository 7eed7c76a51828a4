"""Where readings and verdicts are kept."""
