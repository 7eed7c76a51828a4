"""`qualicity rules`: what is watched, and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from alerting.rules.compiled import Compiled, Ruleset
from alerting.rules.instances import Instance, instances
from alerting.rules.limits import Limit
from alerting.rules.load import site_rules, site_rules_file
from console.commands import rules_try
from console.options import DATA, Config, Data, Json
from console.output import print_json, stdout, table
from console.site import Site, open_site
from qualicity.errors import InputError, UsageError
from qualicity.parameters import parameters
from qualicity.periods import day_of, parse_period


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="The rules of alarms.")
    group.command("check")(check)
    rules_try.register(group)
    app.add_typer(group, name="rules")


def check(
    only: Annotated[str, typer.Option("--rule", metavar="RULE", help="List everything that one rule watches.")] = "",
    on: Annotated[str, typer.Option("--on", metavar="DAY", help="Limits of that day; default: today.")] = "",
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Read the rules and say what is wrong, or what they watch and with which limits; exit code 1 when wrong."""
    with open_site(data, config) as site:
        day = parse_period(on).first if on else day_of(site.clock.now())
        try:
            ruleset = site_rules(site.data, site.settings.alerting, site.network)
        except InputError as error:
            _say_problems(error, json_=json_)
            raise typer.Exit(1) from error
        chosen = [_named(ruleset, only)] if only else list(ruleset.rules)
        watched = {one.rule.id: list(instances(one, site.network, day)) for one in chosen}
        if json_:
            print_json(_rows(chosen, watched, listed=bool(only)))
        elif only:
            stdout.print(_instances(watched[only]))
        else:
            stdout.print(_overview(chosen, watched))
            stdout.print(f"{len(chosen)} rules of {_file(site)}, limits of {day}: all well", soft_wrap=True)


def _say_problems(error: InputError, *, json_: bool) -> None:
    heading, *problems = error.cause.split("\n  ")
    if json_:
        print_json({"problem": problem} for problem in problems or [heading])
    else:
        for line in (heading, *problems, f"mend: {error.mend}"):
            stdout.print(line, markup=False, soft_wrap=True)


def _named(ruleset: Ruleset, name: str) -> Compiled:
    found = ruleset.by_id.get(name)
    if found is None:
        raise UsageError(f"no rule {name!r}", "`qualicity rules check` lists them")
    return found


def _file(site: Site) -> str:
    return str(site_rules_file(site.data, site.settings.alerting) or "default.toml, which ships")


def _overview(chosen: Sequence[Compiled], watched: dict[str, list[Instance]]) -> Table:
    listing = table(
        "rule", "version", "severity", "kind", "watches", "limits", "law", "title", wrapped=("law", "title")
    )
    for one in chosen:
        rule, found = one.rule, watched[one.rule.id]
        kind = rule.kind if rule.eval == "reading" else f"{rule.kind} {rule.eval}"
        things = _THINGS.get(rule.level)
        count = f"{len(found)} {things[len(found) != 1]}" if things else f"each {_OUTSIDE[rule.level]}"
        laws = dict.fromkeys(_law(instance.limit) for instance in found if instance.limit)
        title = f"{rule.title.zh}\n{rule.title.en}"
        cells = (_limits(one, found), "\n".join(filter(None, laws)) or "-", title)
        listing.add_row(rule.id, one.version, rule.severity, kind, count, *cells)
    return listing


_THINGS = {
    "channel": ("channel", "channels"),
    "station": ("station", "stations"),
    "gateway": ("gateway", "gateways"),
    "city": ("city", "cities"),
    "site": ("site", "sites"),
}


_OUTSIDE = {"department": "form owed", "indicator": "indicator"}
"""Of what is in no network."""


def _limits(one: Compiled, found: Sequence[Instance]) -> str:
    """Return the distinct limits, by parameter where they depend on it."""
    lines: dict[str, None] = {}  # as an ordered set
    for instance in found:
        if instance.limit is not None:
            own = f"{instance.parameter} " if isinstance(one.rule.trip, str) and instance.parameter else ""
            unit = f" {parameters()[instance.parameter].unit}" if one.rule.kind == "threshold" else ""
            limit = f"{instance.limit.trip:g}{unit}, clear {instance.limit.clear:g}"
            lines[f"{own}{one.rule.op} {limit}"] = None
    return "\n".join(lines) or "-"


def _law(limit: Limit) -> str:
    return f"{limit.law} {limit.clause} ({limit.certainty})" if limit.law else ""


def _instances(found: Sequence[Instance]) -> Table:
    listing = table("alarm about", "trip", "clear", "law", "clause", "certainty")
    for instance in found:
        limit = instance.limit
        cells = (f"{limit.trip:g}", f"{limit.clear:g}", limit.law, limit.clause, limit.certainty) if limit else ()
        listing.add_row(instance.key, *cells)
    return listing


def _rows(chosen: Sequence[Compiled], watched: dict[str, list[Instance]], *, listed: bool) -> Iterator[dict[str, Any]]:
    for one in chosen:
        found = watched[one.rule.id]
        if listed:
            for instance in found:
                yield {"rule": one.rule.id, **instance._asdict(), "limit": instance.limit and asdict(instance.limit)}
            continue
        limits = {(instance.parameter, instance.limit) for instance in found if instance.limit}
        yield {
            "rule": one.rule.id,
            "version": one.version,
            "severity": one.rule.severity,
            "kind": one.rule.kind,
            "eval": one.rule.eval,
            "level": one.rule.level,
            "title": {"zh": one.rule.title.zh, "en": one.rule.title.en},
            "watches": len(found),
            "limits": [
                {"parameter": parameter, **asdict(limit)}
                for parameter, limit in sorted(limits, key=lambda pair: (pair[0], str(pair[1])))
                if limit
            ],
        }
