"""What the rules would have done in a time that is over: the service's own engine and dispatcher, hour by hour."""

from __future__ import annotations

from pathlib import Path

from alerting.backtest.history import Backtest, History, Hour, Shared
from alerting.backtest.records import Alarmed, Told
from alerting.backtest.report import Day, PersonRow, RuleRow, people_rows, rule_rows

__all__ = [
    "NEUTRAL",
    "Alarmed",
    "Backtest",
    "Day",
    "History",
    "Hour",
    "PersonRow",
    "RuleRow",
    "Shared",
    "Told",
    "people_rows",
    "rule_rows",
]

NEUTRAL = Path(__file__).with_name("oncall.toml")
"""Who is called where a site says nothing: two people in weekly turns, a third when nobody answers."""
