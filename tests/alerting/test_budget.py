"""The budget of bad days: exact at every boundary."""

from __future__ import annotations

import datetime as dt

import pytest

from alerting.budget import account, budget_samples
from alerting.rules.compiled import Ruleset, compile_rule
from alerting.rules.schema import Rule, Title
from alerting.state import Condition
from qualicity.checks import default_rules
from qualicity.model import Position
from qualicity.network import City
from qualicity.periods import DAY_MS, day_start
from qualicity.store.ledger import Version

CITY = City(id="c", air_target=">98")


def _rule(burn, **more):
    rule = Rule(
        id=f"b-{burn}", title=Title(zh="预算", en="budget"), kind="budget", severity="P2", family="budget",
        runbook="budget", module="targets", level="city", eval="year", op=">=", burn=burn, **more,
    )  # fmt: skip
    return compile_rule(rule, default_rules())


def _days(year, bad, days):
    """Return versions of the first `days` days of a year, the last `bad` of which exceed."""
    first = dt.date(year, 1, 1)
    dates = [(first + dt.timedelta(days=n)).isoformat() for n in range(days)]
    return [
        Version(
            f"air/c/{date}", "GB3095-2012", 1,
            {"date": date, "verdict": "EXCEEDS" if n >= days - bad else "COMPLIES"},
            {}, "", Position("e", 1), "", "", 0,
        )
        for n, date in enumerate(dates)
    ]  # fmt: skip


def _judge(compiled, year, bad, days):
    found = account(CITY, _days(year, bad, days))
    now = day_start(dt.date(year, 1, 1)) + days * DAY_MS
    return next(budget_samples(found, Ruleset((compiled,)), now))


@pytest.mark.parametrize(
    ("target", "year", "allowed"),
    [(">98", 2015, 7), (">98", 2016, 7), (">=98", 2015, 7), (">=80", 2015, 73), (">80", 2015, 72), (">=100", 2015, 0)],
)
def test_how_many_bad_days_a_target_allows(target, year, allowed):
    """365 days: 7 bad leave 98.08 %, 8 leave 97.8 %; strictly more than 80 % is one day less than at least."""
    found = account(City(id="c", air_target=target), _days(year, 0, 10))

    assert found.allowed == allowed


def test_no_year_can_pass_more_than_everything():
    assert account(City(id="c", air_target=">100"), _days(2015, 0, 3)).allowed == -1


def test_without_a_judged_day_there_is_no_account():
    assert account(CITY, []) is None


@pytest.mark.parametrize(("bad", "condition"), [(7, Condition.CLEAR), (8, Condition.TRIPPED)])
def test_the_target_is_lost_with_the_first_bad_day_too_many(bad, condition):
    assert _judge(_rule("lost"), 2015, bad, 300).sample.condition is condition


@pytest.mark.parametrize(
    ("bad", "condition"), [(1, Condition.CLEAR), (2, Condition.BETWEEN), (3, Condition.TRIPPED), (7, Condition.TRIPPED)]
)
def test_fast_burn_counts_the_bad_days_of_the_window(bad, condition):
    compiled = _rule("fast", window="30 d", trip=3, clear=1)

    assert _judge(compiled, 2015, bad, 100).sample.condition is condition


def test_fast_burn_forgets_what_is_older_than_its_window():
    versions = _days(2015, 3, 60)
    later = [
        Version(f"air/c/{day}", "s", 1, {"date": day, "verdict": "COMPLIES"}, {}, "", Position("e", 1), "", "", 0)
        for day in ((dt.date(2015, 3, 2) + dt.timedelta(days=n)).isoformat() for n in range(30))
    ]
    found = account(CITY, [*versions, *later])

    assert found.recent(30) == 0
    assert found.recent(31) == 1


@pytest.mark.parametrize(
    ("days", "condition"),
    [(104, Condition.TRIPPED), (105, Condition.BETWEEN), (156, Condition.BETWEEN), (157, Condition.CLEAR)],
)
def test_slow_burn_compares_what_is_spent_with_the_time_that_is_over(days, condition):
    """3 of 7 bad days: 3/7 of the allowance after 104 days of 365 is 1.504 times the pace, after 157 days 0.996."""
    compiled = _rule("slow", trip=1.5, clear=1.0)

    assert _judge(compiled, 2015, 3, days).sample.condition is condition


def test_what_is_lost_burns_no_more():
    """One alarm says that the target is lost; the others do not go on about it."""
    assert _judge(_rule("fast", window="30 d", trip=3, clear=1), 2015, 8, 100).sample.condition is Condition.CLEAR


def test_the_message_names_the_days_that_are_left():
    context = _judge(_rule("lost"), 2015, 8, 300).context

    assert context.detail == "2015: 8 bad days of 7 that the target >98 % allows; 65 days left"
    assert "剩余65天" in context.detail_zh


def test_an_account_of_long_ago_is_history():
    found = account(CITY, _days(2015, 8, 300))
    now = day_start(dt.date(2016, 6, 1))

    assert next(budget_samples(found, Ruleset((_rule("lost"),)), now)).late
