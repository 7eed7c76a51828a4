"""`qualicity rules try`: what the rules would have done in a time that is in the archive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from alerting.backtest import NEUTRAL, PersonRow, RuleRow
from alerting.oncall.duty import OnCall
from alerting.oncall.load import load_oncall, site_oncall_file
from alerting.rules.compiled import Ruleset
from alerting.rules.load import load_rules, site_rules
from console.backtest import Outcome, backtest, picture
from console.commands.spans import From, To, days
from console.options import DATA, Config, Data, Json
from console.output import print_json, stderr, stdout, table
from console.site import Site, open_site
from qualicity.errors import UsageError
from qualicity.periods import Span

City = Annotated[str | None, typer.Option("--city", help="One city; default: all.")]
RuleIds = Annotated[list[str], typer.Option("--rule", metavar="RULE", help="Only this rule; may be given again.")]
RulesFile = Annotated[Path | None, typer.Option("--rules", metavar="FILE", help="Other rules than the site's.")]
Picture = Annotated[Path | None, typer.Option("--picture", metavar="FILE", help="Draw it too, as SVG.")]


def register(group: typer.Typer) -> None:
    """Add the command to the group `rules`."""
    group.command("try")(try_)


def try_(
    first: From,
    last: To,
    rule: RuleIds = [],  # noqa: B006 - typer copies it
    rules: RulesFile = None,
    city: City = None,
    drawn: Picture = None,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Replay the archive: which alarms the rules would have raised, how long, and how many messages for whom."""
    period = Span(*days(first, last))
    with open_site(data, config) as site:
        settings = site.settings.alerting
        ruleset = load_rules(rules, site.network) if rules else site_rules(site.data, settings, site.network)
        tried = _chosen(ruleset, rule)
        with _progress(len(period.days)) as progress:
            outcome = backtest(site, tried, _oncall(site, tried), period, city=city, progress=progress)
    if drawn is not None:
        drawn.write_text(picture(outcome), encoding="utf-8")
    shown = [row for row in outcome.rules if not rule or row.rule in rule]
    if json_:
        print_json(_rows(shown, outcome.people))
    else:
        stdout.print(_rule_table(shown))
        stdout.print(_people_table(outcome))


def _chosen(ruleset: Ruleset, names: Sequence[str]) -> Ruleset:
    """Return the named rules and those that hold them back, or all.

    Raises:
        UsageError: there is no such rule.
    """
    for name in names:
        if name not in ruleset.by_id:
            raise UsageError(f"no rule {name!r}", "`qualicity rules check` lists them")
    wanted, waiting = set[str](), list(names)
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += ruleset.by_id[name].rule.inhibited_by
    return Ruleset(tuple(one for one in ruleset.rules if one.rule.id in wanted)) if names else ruleset


def _oncall(site: Site, ruleset: Ruleset) -> OnCall:
    path = site_oncall_file(site.data, site.settings.alerting)
    return load_oncall(path or NEUTRAL, policies={one.rule.policy for one in ruleset.rules} if path else ())


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how many days are replayed."""
    columns = (TextColumn("replayed"), BarColumn(), MofNCompleteColumn(), TextColumn("days"), TimeElapsedColumn())
    with Progress(*columns, console=stderr, disable=not stderr.is_terminal) as progress:
        task = progress.add_task("replaying", total=total)
        yield lambda done: progress.update(task, completed=max(done, 0))


def _rows(rules: Iterable[RuleRow], people: Iterable[PersonRow]) -> Iterator[dict[str, Any]]:
    for row in rules:
        yield {"about": "rule", **msgspec.to_builtins(row)}
    for one in people:
        yield {"about": "person", **msgspec.to_builtins(one)}


def _rule_table(rows: Iterable[RuleRow]) -> Table:
    listing = table(
        "rule", "severity", "alarms", "a week", "told", "things", "chattering", "hours", "longest", "alarm hours",
        "stands", "worst month",
    )  # fmt: skip
    for row in rows:
        worst = max(row.months.items(), key=lambda item: item[1], default=("-", (0, 0.0)))
        listing.add_row(
            row.rule, row.severity, str(row.alarms), f"{row.per_week:g}", str(row.announced), str(row.things),
            str(row.chattering), f"{row.hours:g}", f"{row.longest_hours:g}", f"{row.standing_hours:g}",
            str(row.standing), f"{worst[0]}: {worst[1][0]}" if row.months else "-",
        )  # fmt: skip
    return listing


def _people_table(outcome: Outcome) -> Table:
    listing = table(
        "person", "answers", "messages", "a week", "worst week", "P1/P2", "a week", "worst week", "at night"
    )
    for row in outcome.people:
        listing.add_row(
            row.person, _ANSWERS[row.answers], str(row.messages), f"{row.per_week:g}", str(row.worst_week),
            str(row.pages), f"{row.pages_per_week:g}", str(row.worst_week_pages), str(row.nights),
        )  # fmt: skip
    return listing


_ANSWERS = {"answered": "after 10 min", "unanswered": "never"}
