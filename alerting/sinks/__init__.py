"""Other systems that hear of alarms: each follows the store by itself, and is told what is, not what has changed."""
