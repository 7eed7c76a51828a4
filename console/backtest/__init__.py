"""`rules try`: the archive through the rules, and a picture of what came of it."""

from __future__ import annotations

from console.backtest.picture import picture
from console.backtest.replay import Outcome, backtest

__all__ = ["Outcome", "backtest", "picture"]
