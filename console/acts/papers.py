"""Papers: written, published and checked by jobs, and the texts that editors add to them.

What is asked for stands in the audit log before it begins, and what it came to when it has ended; the number of the
first entry is the job's.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import msgspec

from console.errors import ConflictError, MissingError
from console.papers import shelf
from console.papers.formats import Format
from console.papers.jobs import Ended, Job, Jobs
from console.papers.places import place_of_papers, place_of_texts
from console.papers.scope import city_of
from console.service import Service
from console.site import Site
from qualicity.errors import Retryable, UsageError
from qualicity.store.audit import Actor, Entry
from qualicity.store.durable import disk_errors, file_digest, sync_file, sync_folder
from qualicity.store.locks import take
from reports.model import PaperKind
from reports.period import PeriodKind, paper_period

Subject = Literal["air", "water", "discharge"]
Spoken = Literal["zh", "en", "both"]

FORMATS = tuple(Format)
LANGUAGES: tuple[Spoken, ...] = get_args(Spoken)
SUBJECTS: tuple[Subject, ...] = get_args(Subject)

PERIODS: Mapping[PaperKind, Sequence[PeriodKind]] = {
    "white_paper": ("year",),
    "macro": ("year", "half", "quarter"),
    "bulletin": ("year", "half", "quarter", "month", "day"),
}
"""Of which periods each kind of paper is made, as `reports.papers` has it (a test says so)."""

ASKED = {"paper.publish": "paper.published", "paper.draft": "paper.drafted", "paper.verify": "paper.verified"}
"""What is asked for, and what it is called when it was done; when it was not: paper.failed."""
FAILED = "paper.failed"

_COMMANDS: Mapping[PaperKind, str] = {"white_paper": "white-paper", "macro": "macro", "bulletin": "bulletin"}
_FOUND = 1
"""Exit code of a check that has found something."""
_LOCK = "texts.lock"
"""In the folder of papers: of whoever saves a text."""
_MOST_WAITING = 8
_MOST_TYPED = 200
_BYTES = 500_000
_TEXT = re.compile(r"[a-z0-9_-]{1,60}\.(zh|en)\.md")
_TAKEN = {"text", "contents", "basis"}
"""As `reports.editing` has them."""
_SAID = 2_000
"""Characters that are kept of what went wrong."""


class Order(NamedTuple):
    """A paper that is asked for.

    Attributes:
        media: of a bulletin; none = all that the city has.
        publish: as the next issue; else it is a draft.
    """

    kind: PaperKind
    city: str
    period: str
    language: Spoken = "both"
    formats: tuple[Format, ...] = (Format.HTML,)
    media: tuple[Subject, ...] = ()
    publish: bool = False


class Asked(NamedTuple):
    """A job as the audit log tells it.

    Attributes:
        number: of the entry that asked for it.
        action: of that entry.
        about: `bulletin/beijing/2016-03`, or `PAPER/ISSUE` of a check.
        state: `cut_off` = the service ended meanwhile.
        ended: ms UTC; None = it has not.
        outcome: detail of the entry that ended it.
    """

    number: int
    action: str
    about: str
    who: str
    asked: int
    detail: Mapping[str, Any]
    state: Literal["queued", "running", "done", "failed", "cut_off"]
    ended: int | None
    outcome: Mapping[str, Any]


def ask_paper(at: Service, site: Site, jobs: Jobs, actor: Actor, order: Order) -> Entry:
    """Ask for a paper to be written, or published.

    Raises:
        UsageError: no such paper is made.
        ConflictError: too much is waiting.
    """
    _check(site, order)
    _check_room(jobs)
    action = "paper.publish" if order.publish else "paper.draft"
    detail = {**order._asdict(), "formats": [one.value for one in order.formats], "media": list(order.media)}
    entry = site.ledger.audit.add(actor, action, f"{order.kind}/{order.city}/{order.period}", detail)
    arguments = ["report", _COMMANDS[order.kind], *_of(site), f"--city={order.city}"]
    arguments += [f"--period={order.period}", f"--lang={order.language}", "--json"]
    arguments += [f"--format={one.value}" for one in order.formats] + [f"--medium={one}" for one in order.media]
    arguments += ["--publish", f"--by={actor.who}"] if order.publish else []
    jobs.add(Job(entry.id, arguments, lambda ended: _written(at, entry, actor, ended)))
    return entry


def ask_check(at: Service, site: Site, jobs: Jobs, actor: Actor, folder: Path) -> Entry:
    """Ask for an issue to be compared with its files, the ledgers, and the paper as it would be written today.

    Raises:
        ConflictError: too much is waiting.
    """
    _check_room(jobs)
    entry = site.ledger.audit.add(actor, "paper.verify", f"{folder.parent.name}/{folder.name}")
    arguments = ["report", "verify", str(folder.resolve()), *_of(site), "--json"]
    jobs.add(Job(entry.id, arguments, lambda ended: _verified(at, entry, actor, ended, folder)))
    return entry


def _of(site: Site) -> list[str]:
    """Return the options by which a command knows the site as the service does."""
    return [f"--data={site.data}", *([f"--config={site.config}"] if site.config else [])]


def job(site: Site, jobs: Jobs, number: int) -> Asked:
    """Return a job.

    Raises:
        MissingError: there is none of that number.
    """
    found = site.ledger.audit.entries(action="paper.", before=number + 1, limit=1)
    if not found or found[0].id != number or found[0].action not in ASKED:
        raise MissingError(f"there is no job {number}", "see the list of papers")
    return _asked(site, jobs, found[0])


def latest_jobs(site: Site, jobs: Jobs, limit: int) -> list[Asked]:
    """Return the jobs that were asked for last, the newest first."""
    entries = [one for action in ASKED for one in site.ledger.audit.entries(action=action, limit=limit)]
    newest = sorted(entries, key=lambda one: one.id, reverse=True)[:limit]
    return [_asked(site, jobs, one) for one in newest]


def job_row(one: Asked) -> dict[str, Any]:
    """Return a job for machines."""
    return one._asdict()


def city_of_job(one: Asked) -> str:
    """Return the city that a job is about."""
    if one.action == "paper.verify":
        return city_of(one.about.rpartition("/")[0])
    return one.about.split("/")[1]


def typed(site: Site, paper: str) -> Sequence[str]:
    """Return the numbers of editors' texts that nothing checks, each with its place, as the last writing found them."""
    for action in ("paper.drafted", "paper.published"):
        for entry in site.ledger.audit.entries(action=action):
            if entry.detail.get("paper") == paper:
                found: list[str] = entry.detail.get("typed", [])
                return found
    return ()


def text_file(data: Path, paper: str, name: str) -> Path:
    """Return where a text of editors stands.

    Raises:
        MissingError: there is no such paper.
        UsageError: no text may be called so.
    """
    if shelf.subject(paper) is None or paper not in shelf.papers(data):
        raise MissingError(f"there is no paper {paper[:80]!r}", "write a draft of it first")
    if not _TEXT.fullmatch(name) or name.partition(".")[0] in _TAKEN:
        raise UsageError(f"no text may be called {name[:80]!r}", "call it NAME.zh.md or NAME.en.md, in small letters")
    return place_of_texts(data, paper) / name


def text_digest(path: Path) -> str:
    """Return the digest of a text; empty = there is none."""
    return file_digest(path) if path.is_file() else ""


def save_text(site: Site, actor: Actor, path: Path, text: str, before: str) -> None:
    """Save what an editor wrote; an empty text takes the file away.

    Args:
        site: open for changes.
        actor: the editor.
        path: of the text, as `text_file` gives it.
        text: Markdown.
        before: digest of what the editor has changed; empty = there was none.

    Raises:
        ConflictError: somebody else has changed it meanwhile.
        UsageError: it is too long, or holds what no document can.
        Retryable: somebody saves at this moment, or the disk is full.
    """
    name = path.name
    content = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "surrogatepass")
    if len(content) > _BYTES:
        raise UsageError(f"{name} has more than {_BYTES:,} bytes", "divide it into several chapters")
    if any(letter < " " and letter not in "\r\n\t" for letter in text):
        raise UsageError(f"{name} holds characters that no document can", "take the control characters out")
    try:
        content.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is no text in UTF-8", "take the odd characters out") from error
    with _alone(place_of_papers(site.data)):
        if text_digest(path) != before:
            raise ConflictError(f"{name} was changed by somebody else meanwhile", "load the page again, and merge")
        kept = content if content.strip() else b""
        now = hashlib.sha256(kept).hexdigest() if kept else ""
        about = f"{path.parent.parent.name}/{name}"
        site.ledger.audit.add(actor, "paper.text", about, {"before": before, "now": now})
        with disk_errors():
            _put(path, kept)


@contextmanager
def _alone(papers: Path) -> Iterator[None]:
    """Let nobody else save meanwhile.

    Raises:
        Retryable: somebody does.
    """
    lock = take(papers, _LOCK)
    if lock is None:
        raise Retryable("somebody else saves a text at this moment", "save again")
    try:
        yield
    finally:
        os.close(lock)


def _put(path: Path, content: bytes) -> None:
    if not content:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".partial")
    fresh.write_bytes(content)
    sync_file(fresh)
    fresh.replace(path)
    sync_folder(path.parent)


def _check(site: Site, order: Order) -> None:
    """Refuse what no paper is made of; the rest is found when it is written."""
    if order.city not in site.network.city_by_id:
        known = ", ".join(sorted(site.network.city_by_id))
        raise UsageError(f"no city {order.city[:80]!r} in the network", f"known: {known}")
    period = paper_period(order.period)
    if period.kind not in PERIODS[order.kind]:
        raise UsageError(
            f"no {_COMMANDS[order.kind]} is made of a {period.kind}",
            f"give a period of one of these kinds: {', '.join(PERIODS[order.kind])}",
        )
    if not order.formats:
        raise UsageError("no format is asked for", f"one or more of: {', '.join(Format)}")
    if order.media and order.kind != "bulletin":
        raise UsageError("only a bulletin is about single media", "leave them out")


def _check_room(jobs: Jobs) -> None:
    if jobs.waiting() >= _MOST_WAITING:
        raise ConflictError(f"{_MOST_WAITING} papers are waiting to be written", "wait until some are")


def _asked(site: Site, jobs: Jobs, entry: Entry) -> Asked:
    waits = jobs.progress(entry.id)  # before its end is looked for: it may come between
    last = next(iter(site.ledger.audit.entries(about=_about(entry.id), limit=1)), None)
    state = ("failed" if last.action == FAILED else "done") if last else (waits or "cut_off")
    return Asked(
        entry.id, entry.action, entry.about, entry.who, entry.at, entry.detail, state,
        last.at if last else None, last.detail if last else {},
    )  # fmt: skip


def _about(number: int) -> str:
    return f"job/{number}"


def _written(at: Service, entry: Entry, actor: Actor, ended: Ended) -> None:
    """Keep how the writing of a paper ended."""
    rows = _rows(ended.out)
    if ended.code != 0 or not rows:
        _failed(at, entry, actor, ended)
        return
    row = rows[0]
    files = [str(Path(one).relative_to(at.data.resolve())) if _inside(at.data, one) else one for one in row["files"]]
    detail = {
        "paper": row["paper"], "synthetic": row["synthetic"], "typed": row["typed"][:_MOST_TYPED], "files": files,
    }  # fmt: skip
    if entry.detail["publish"]:
        detail["issue"] = int(Path(row["files"][0]).parent.name)
    _end(at, entry, actor, ASKED[entry.action], detail)


def _inside(data: Path, file: str) -> bool:
    return Path(file).is_absolute() and Path(file).is_relative_to(data.resolve())


def _verified(at: Service, entry: Entry, actor: Actor, ended: Ended, folder: Path) -> None:
    """Keep what a check has found."""
    rows = _rows(ended.out)
    if ended.code not in {0, _FOUND} or not rows:
        _failed(at, entry, actor, ended)
        return
    row = rows[0]
    shelf.keep_check(folder, {**row, "checked": at.clock.now()})
    detail = {"well": row["well"], **{name: len(row[name]) for name in ("broken", "errata", "tables")}}
    _end(at, entry, actor, ASKED[entry.action], detail)


def _failed(at: Service, entry: Entry, actor: Actor, ended: Ended) -> None:
    if ended.code is None:
        cause, mend = "it took longer than an hour", "ask for a shorter period, or for fewer formats"
    else:
        said = ended.error.strip()
        _, _, told = said.rpartition("error: ")
        cause, _, mend = (part.strip() for part in told.partition("\nmend:"))
        cause = cause or f"the command ended with code {ended.code} and said nothing"
    _end(at, entry, actor, FAILED, {"cause": cause[-_SAID:], "mend": mend[:_SAID]})


def _end(at: Service, entry: Entry, actor: Actor, action: str, detail: Mapping[str, Any]) -> None:
    with at.writer() as site:
        site.ledger.audit.add(actor, action, _about(entry.id), detail)


def _rows(out: str) -> list[dict[str, Any]]:
    """Return the rows that a command printed for machines; none where it printed something else."""
    try:
        return [msgspec.json.decode(line) for line in out.splitlines() if line.strip()]
    except msgspec.DecodeError:
        return []
