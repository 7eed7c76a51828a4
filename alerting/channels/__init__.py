"""Ways to reach people, one module each; a sender knows one provider and nothing of alarms."""
