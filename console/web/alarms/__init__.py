"""The pages of alarms: what stands, incidents, the hand-over, runbooks, and acknowledging by a link."""
