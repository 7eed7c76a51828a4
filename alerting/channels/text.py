"""A message as a page of plain text: Chinese first, then English, links, and the key at the end.

That a test is marked and that the key shows is made sure here, whoever composed the message and however it was cut.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple, TypeVar

import msgspec

from alerting.channels.schema import Language
from alerting.message import Link, Message
from qualicity.periods import LAW_ZONE

LATE = 5 * 60_000
"""ms after which a message says that it is late."""

_FULLWIDTH = str.maketrans({
    "*": "＊", "`": "ˋ", "<": "＜", ">": "＞", "#": "＃", "~": "～",
})  # fmt: skip

_MARKS = ("【测试】", "【演练】", "[TEST]", "TEST ", "DRILL ")
"""How a title begins that is marked already."""

T = TypeVar("T")


class Part(NamedTuple):
    """The page in one language."""

    title: str
    lines: tuple[str, ...]


class Page(NamedTuple):
    """What every channel writes in its own markup."""

    parts: tuple[Part, ...]
    links: tuple[tuple[str, str], ...]  # label, address
    key: str  # empty: a line shows it

    @property
    def title(self) -> str:
        """Return the line that a list of messages shows."""
        return self.parts[0].title


def page(message: Message, language: Language, *, lines: int | None = None, links: bool = True) -> Page:
    """Return the page of a message.

    Args:
        message: what to say.
        language: one, or both.
        lines: how many lines of each language to show; the rest is counted, not hidden.
        links: False = only the link of acknowledgement.
    """
    parts, titles = [], marked(message)
    if language != "en":
        parts.append(_part(titles[0], message.lines_zh, lines, "另有 {} 行"))
    if language != "zh":
        parts.append(_part(titles[1], message.lines_en, lines, "{} more lines"))
    shown = [link for link in message.links if links or link.kind == "acknowledge"]
    label = {"zh": "编号：", "en": "Ref: ", "both": "编号 Ref: "}[language]
    key = "" if any(message.key in line for part in parts for line in part.lines) else f"{label}{message.key}"
    return Page(tuple(parts), tuple((_label(link, language), link.url) for link in shown), key)


def marked(message: Message) -> tuple[str, str]:
    """Return both titles of a message, Chinese and English; that of a test says so."""
    return _marked(message, "【测试】", message.title_zh), _marked(message, "[TEST] ", message.title_en)


def _marked(message: Message, mark: str, title: str) -> str:
    return mark + title if message.test and not title.startswith(_MARKS) else title


def _part(title: str, lines: tuple[str, ...], shown: int | None, rest: str) -> Part:
    if shown is not None and shown < len(lines):
        lines = (*lines[:shown], f"… {rest.format(len(lines) - shown)}")
    return Part(title, lines)


def _label(link: Link, language: Language) -> str:
    return {"zh": link.zh, "en": link.en, "both": f"{link.zh} {link.en}"}[language]


def plain(one: Page) -> str:
    """Return a page as plain text."""
    parts = ["\n".join((part.title, *part.lines)) for part in one.parts]
    links = "\n".join(f"{label}: {url}" for label, url in one.links)
    return "\n\n".join(piece for piece in (*parts, links, one.key) if piece)


def fitting(message: Message, language: Language, write: Callable[[Page], T], size: Callable[[T], int], most: int) -> T:
    """Return the longest form of a message that a provider takes: lines go first, then links, the key never.

    Args:
        message: what to say.
        language: one, or both.
        write: from a page to the provider's form.
        size: of that form, in the provider's measure.
        most: that it takes.
    """
    written = write(page(message, language))
    if size(written) <= most:
        return written
    for lines in range(max(len(message.lines_zh), len(message.lines_en)), -1, -1):
        written = write(page(message, language, lines=lines))
        if size(written) <= most:
            return written
    short = message
    while size(written) > most and (len(short.title_zh) > 20 or len(short.title_en) > 20):
        short = msgspec.structs.replace(short, title_zh=_half(short.title_zh), title_en=_half(short.title_en))
        written = write(page(short, language, lines=0, links=False))
    return written


def _half(title: str) -> str:
    return title if len(title) <= 20 else title[: len(title) // 2] + "…"


def inert(text: str) -> str:
    """Return a text in which nothing is markup: the characters that could be are written in full width.

    The bots' dialects of Markdown know no escape that works in all of them.
    """
    return text.translate(_FULLWIDTH).replace("](", "］(")


def linked(label: str, url: str) -> str:
    """Return a link of Markdown."""
    return f"[{inert(label)}]({url.replace(' ', '%20').replace('(', '%28').replace(')', '%29')})"


def called_by(message: Message, recipient: str) -> tuple[str, ...]:
    """Return whom a message to a chat calls: those whom it mentions, and its recipient if it has one; each once."""
    return tuple(dict.fromkeys((*message.mention, *((recipient,) if recipient else ()))))


def when_late(message: Message, made: int, now: int) -> Message:
    """Return a message that says when it was decided, if that is a while ago; times in ms UTC."""
    if now - made < LATE:
        return message
    at = dt.datetime.fromtimestamp(made / 1000, LAW_ZONE).strftime("%m-%d %H:%M")
    return msgspec.structs.replace(
        message,
        lines_zh=(f"此消息送达较晚，生成于 {at}（北京时间）", *message.lines_zh),
        lines_en=(f"sent late, decided at {at} Beijing time", *message.lines_en),
    )
