"""Rules over readings, statistics and silence: a batch at a time, as matrices; what changes no alarm is no object.

One row of a matrix is a reading, one column a rule. A rule's kind says what is *measured* of a reading: its value, its
rate of change, the hours for which it has not changed, the share of readings that are not valid. The measure is
compared with the rule's trip and clear points of the civil day. An alarm that is idle changes only by a tripped
sample, so all its others are left out before any object is made.
"""

from alerting.evaluation.evaluator import Evaluator

__all__ = ["Evaluator"]
