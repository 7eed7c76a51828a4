"""Alarms: rules over readings and verdicts, one honest alarm a problem, delivered until somebody knows."""
