"""`qualicity alerts`: what stands, who has it, who is called; acknowledge, shelve, test."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from alerting.keys import parse_alarm_id
from alerting.oncall.duty import OnCall
from alerting.oncall.load import site_oncall
from alerting.oncall.rota import shifts
from alerting.requests import Answer, await_outcome, open_for_requests
from alerting.rules.load import site_rules
from alerting.store import AlertStore
from alerting.store.commands import Command, CommandKind
from alerting.store.outbox import Row
from console.acts import alarms as acts
from console.alarms.desk import reading
from console.alarms.log import entry_rows, whole_incident
from console.alarms.rows import JsonRow, addressee, alarm_rows, history_rows, text
from console.instants import instant
from console.options import DATA, Config, Data, Json
from console.output import print_json, shown, stderr, stdout, table
from console.site import Site, open_site
from console.system_user import user_name
from qualicity.errors import Permanent, Retryable, UsageError
from qualicity.periods import DAY_MS, LAW_ZONE
from qualicity.store.audit import Actor
from qualicity.units import printed

_DELIVERY_SECONDS = 60.0
_LOOK_SECONDS = 0.2
_STYLES = {"P1": "white on red", "P2": "red", "P3": "yellow", "P4": "dim"}

Target = Annotated[str, typer.Argument(metavar="TARGET", help="RULE@KEY as `alerts list` prints it, or incident:N.")]
Who = Annotated[str, typer.Option("--who", help="Who says so; default: the system's user name.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Alarms: what stands, who has it, who is called.")
    group.command("list")(list_)
    group.command("ack")(acknowledge)
    group.command("shelve")(shelve)
    group.command("unshelve")(unshelve)
    group.command("note")(note)
    group.command("test")(send_test)
    group.command("history")(history)
    group.command("incident")(incident)
    group.command("duty")(duty)
    app.add_typer(group, name="alerts")


def list_(data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """List alarms: those that wait for somebody first, then those that stand or are held back."""
    with open_site(data, config) as site, reading(site) as desk:
        rows = list(alarm_rows(desk.store, desk.ruleset))
    if json_:
        print_json(rows)
        return
    listing = table("severity", "alarm", "state", "since", "value", "limit", "incident", "note", wrapped=("note",))
    for row in rows:
        listing.add_row(
            _severity(row), escape(row["alarm"]), row["state"].replace("_", " "), _time(row["since"]),
            _quantity(row), shown(row["limit"]), shown(row["incident"]), escape(_note(row)),
        )  # fmt: skip
    stdout.print(listing)


def acknowledge(target: Target, who: Who = "", data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """Take an alarm or an incident on: no more escalation; the end is still told."""
    with open_site(data, config) as site:
        answer = acts.acknowledge(site, _actor(who), target)
    _carried_out(answer, "acknowledge", target, json_=json_)


def shelve(
    target: Target,
    for_: Annotated[str, typer.Option("--for", metavar="TIME", help='How long, such as "2 h"; rules limit it.')],
    why: Annotated[str, typer.Option("--why", help="The reason.")],
    who: Who = "",
    once: Annotated[bool, typer.Option("--once", help="Only until the alarm is over.")] = False,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Hear nothing of an alarm for a while. It comes back by itself."""
    with open_site(data, config) as site:
        answer = acts.shelve(site, _actor(who), target, for_, why, once=once)
    _carried_out(answer, "shelve", target, json_=json_)


def unshelve(target: Target, who: Who = "", data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """Hear of a shelved alarm again."""
    with open_site(data, config) as site:
        answer = acts.unshelve(site, _actor(who), target)
    _carried_out(answer, "unshelve", target, json_=json_)


def note(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="incident:N, RULE@KEY, or shift: whoever is next.")],
    words: Annotated[str, typer.Argument(metavar="TEXT", help="What others must know.")],
    who: Who = "",
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Leave word of an incident or an alarm, or for whoever is on duty next."""
    with open_site(data, config) as site:
        entry = acts.note(site, _actor(who), target, words)
    if json_:
        print_json(entry_rows([entry]))
    else:
        stdout.print(f"kept: note {entry.id} about {escape(entry.about)}")


def send_test(
    channel: Annotated[str, typer.Option("--channel", metavar="ID", help="Of a channel in oncall.toml.")],
    rule: Annotated[str, typer.Option("--rule", metavar="ID", help="Its title and severity stand in the test.")] = "",
    to: Annotated[str, typer.Option("--to", metavar="PERSON", help="Default: whoever is on duty.")] = "",
    who: Who = "",
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Send a message, marked as a test, the way that real ones go; print what the provider answered."""
    with open_site(data, config) as site:
        address = _checked_test(site, channel, rule, to)
        arguments = {"channel": channel, "recipient": address, "rule": rule}
        command = Command("test", rule, _who(who), "cli", site.clock.now(), arguments)
        with open_for_requests(site.data) as store:
            answer = await_outcome(site.data, store, store.commands.submit(command), site.clock)
            _check_carried_out(answer)
            rows = _sent(store, f"test.{answer.number}")
    if json_:
        print_json(_test_row(row) for row in rows)
    for row in () if json_ else rows:
        stdout.print(f"{row.state}: channel {row.notice.channel}, to {addressee(row)}, provider says"
                     f" {row.code or '-'} {escape(row.answer)} ({row.attempts} tries)")  # fmt: skip
    if not rows:
        raise Permanent(f"nobody could be told on channel {channel!r}", "see `qualicity alerts duty`, or name --to")
    if any(row.state != "delivered" for row in rows):
        raise Retryable("the test was not delivered", "the provider's answer is above; see docs/alert-channels.md")


def history(
    alarm: Annotated[str, typer.Option("--alarm", metavar="RULE@KEY", help="Only this one.")] = "",
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="Such as 2026-03-05T08:00+08:00.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="The latest so many.")] = 200,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Show what happened to alarms, newest first."""
    name = parse_alarm_id(alarm) if alarm else None
    first = instant(since) if since else 0
    with open_site(data, config) as site, reading(site) as desk:
        rows = list(history_rows(desk.store, desk.ruleset, name, first, limit))
    if json_:
        print_json(rows)
    else:
        stdout.print(_timeline(rows))


def incident(
    number: Annotated[int, typer.Argument(metavar="N", min=1, max=10**12, help="Of the incident.")],
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Show an incident: its alarms, its timeline, and what became of every message."""
    with open_site(data, config) as site, reading(site) as desk:
        row = whole_incident(desk, number)
    if json_:
        print_json([row])
        return
    taken = f"acknowledged by {row['acknowledged_by']} {_time(row['acknowledged'])}"
    stdout.print(
        f"[bold]incident {number}[/]  {_severity(row)}  {row['stage']}, opened {_time(row['opened'])},"
        f" {escape(taken) if row['acknowledged'] else 'not acknowledged'}"
        f"{', resolved ' + _time(row['resolved']) if row['resolved'] else ''}"
    )
    members = table("severity", "alarm", "since", "resolved", "value", "peak", "limit", "acknowledged by")
    for one in row["members"]:
        members.add_row(
            _severity(one), escape(one["alarm"]), _time(one["since"]), _time(one["resolved"]), _quantity(one),
            shown(one["peak"]), shown(one["limit"]), escape(one["acknowledged_by"] or "-"),
        )  # fmt: skip
    stdout.print(members)
    stdout.print(_timeline(row["timeline"]))
    deliveries = table("made", "message", "channel", "to", "state", "code", "answer", "tries", wrapped=("answer",))
    for one in row["deliveries"]:
        deliveries.add_row(
            _time(one["made"]), one["transition"], one["channel"], escape(one["to"]), one["state"],
            one["code"] or "-", escape(one["answer"] or "-"), str(len(one["attempts"])),
        )  # fmt: skip
    stdout.print(deliveries if row["deliveries"] else "no message was sent")


def duty(
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How many days from now.")] = 7,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Show who is on duty now and in the next days."""
    with open_site(data, config) as site:
        oncall, now = _oncall(site), site.clock.now()
    found = [(name, one) for name, rota in oncall.rotas.items() for one in shifts(rota, now, now + days * DAY_MS)]
    if json_:
        print_json(
            {"rota": name, "from": text(one.start), "to": text(one.end), "people": list(one.people)}
            for name, one in found
        )
    else:
        listing = table("rota", "from", "to", "on duty")
        for name, one in found:
            people = escape(", ".join(one.people)) or "[red]nobody[/]"
            listing.add_row(name, _time(text(one.start)), _time(text(one.end)), people)
        stdout.print(listing if found else "no rota is declared: policies call groups and people by name")
    for warning in oncall.warnings(dt.datetime.fromtimestamp(now / 1000, LAW_ZONE).date()):
        stderr.print(f"note: {escape(warning)}")


# requests


def _carried_out(answer: Answer, kind: CommandKind, target: str, *, json_: bool) -> None:
    """Say what came of a request.

    Raises:
        UsageError: the engine refused.
        Retryable: the engine does not run; the request is kept.
    """
    _check_carried_out(answer)
    if json_:
        print_json([{"request": answer.number, "kind": kind, "target": target, "outcome": "done"}])
    else:
        stdout.print(f"done: {kind} {escape(target)}")


def _check_carried_out(answer: Answer) -> None:
    if answer.outcome:
        raise UsageError(answer.outcome, "see `qualicity alerts list`")
    if answer.outcome is None and answer.running:
        raise Retryable(f"request {answer.number} is kept, not carried out yet", "look again in a moment")
    if answer.outcome is None:
        raise Retryable(
            f"the alerting part does not run: request {answer.number} is kept", "run `qualicity serve`: it does it then"
        )


def _who(who: str) -> str:
    """Return who asks: as given, else the system's user name; nothing else is guessed."""
    given = who or user_name()
    if not given:
        raise UsageError("the system has no name for this user", "give --who")
    return acts.signed(given)


def _actor(who: str) -> Actor:
    return Actor(_who(who), "cli")


# tests


def _oncall(site: Site) -> OnCall:
    found = site_oncall(site.data, site.settings.alerting)
    if found is None:
        raise UsageError("there is no on-call file: nobody is told", "`qualicity init DIR` writes oncall.sample.toml")
    return found


def _checked_test(site: Site, channel: str, rule: str, to: str) -> str:
    """Return the address of a test; empty = the chat, or whoever is on duty."""
    oncall = _oncall(site)
    if channel not in oncall.channels:
        raise UsageError(f"no channel {channel!r} in the on-call file", f"one of: {', '.join(oncall.channels)}")
    ruleset = site_rules(site.data, site.settings.alerting, site.network)
    if rule and rule not in ruleset.by_id:
        raise UsageError(f"no rule {rule!r}", "see the rules file")
    if not to:
        return ""
    if to not in oncall.people:
        raise UsageError(f"no person {to!r} in the on-call file", f"one of: {', '.join(oncall.people)}")
    found = oncall.addresses(to, (channel,))
    if not found:
        raise UsageError(f"{to} has no address on channel {channel}", "add one in the on-call file")
    return found[0].address


def _sent(store: AlertStore, transition: str) -> list[Row]:
    """Wait until the rows of a test are settled, at most a minute; return them."""
    end = time.monotonic() + _DELIVERY_SECONDS
    while True:
        rows = [row for row in store.outbox.recent() if (row.notice.incident, row.notice.transition) == (0, transition)]
        if all(row.settled for row in rows) or time.monotonic() > end:
            return rows
        time.sleep(_LOOK_SECONDS)


def _test_row(row: Row) -> JsonRow:
    return {
        "channel": row.notice.channel, "to": addressee(row), "state": row.state, "code": row.code or None,
        "answer": row.answer or None, "attempts": row.attempts, "key": row.notice.message.key,
    }  # fmt: skip


# words


def _severity(row: JsonRow) -> str:
    return f"[{_STYLES.get(row['severity'], 'none')}]{row['severity']}[/]"


def _time(text_: str | None) -> str:
    """Return a time of a row without its offset: all are at +08:00."""
    return "-" if text_ is None else text_.removesuffix("+08:00").replace("T", " ")


def _quantity(row: JsonRow) -> str:
    return "-" if row["value"] is None else f"{row['value']:.6g} {printed(row['unit'] or '')}".rstrip()


def _note(row: JsonRow) -> str:
    """Return what there is to say of an alarm's state."""
    match row["state"]:
        case "acknowledged":
            return f"{row['acknowledged_by']}, {_time(row['acknowledged_at'])}"
        case "shelved":
            return f"{row['shelved_by']}, until {_time(row['shelved_until'])}"
        case "suppressed":
            return f"by {row['suppressed_by']}"
        case "out_of_service":
            return str(row["out_of_service"])
        case _:
            return row["detail"] or ""


def _timeline(rows: Iterable[JsonRow]) -> Table:
    listing = table("time", "alarm", "what", "value", "who")
    for row in rows:
        value = "-" if row["value"] is None or "shelved" in row["kind"] else f"{row['value']:.6g}"
        listing.add_row(_time(row["made"]), escape(row["alarm"]), row["kind"], value, escape(row["who"] or "-"))
    return listing
