"""The clock's part: it only wakes. What is due comes from the ledger, so a missed wake-up changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from aggregator.windows import LATEST_HOUR
from qualicity.periods import LAW_ZONE

_LOOK_MINUTES = 5


@contextmanager
def waking(wake: Callable[[], None]) -> Iterator[None]:
    """Call `wake` when days fall due (02:00 at +08:00), after each hour, and every few minutes, while a block runs."""
    scheduler = BackgroundScheduler(timezone=LAW_ZONE)
    scheduler.add_job(wake, CronTrigger(hour=LATEST_HOUR, minute=0, timezone=LAW_ZONE))
    scheduler.add_job(wake, CronTrigger(minute=5, timezone=LAW_ZONE))
    scheduler.add_job(wake, IntervalTrigger(minutes=_LOOK_MINUTES))
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
