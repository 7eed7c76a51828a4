"""What providers' codes mean. Providers answer 200 to almost everything: only the code in the body counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from alerting.channels.base import Receipt
from alerting.channels.wire import Answer, Wire


class Meaning(NamedTuple):
    """What one code means.

    Attributes:
        code: the provider's own.
        words: what its message contains (any of these, small letters), where one code says several things.
        outcome: `later` = it may be taken when sent again; `refused` = not as it is.
        what, mend: for people.
        after: s to wait at least.
        source: where it was seen; empty = recalled from the provider's documentation.
    """

    code: int
    outcome: Literal["later", "refused"]
    what: str
    mend: str = ""
    words: tuple[str, ...] = ()
    after: float = 0.0
    source: str = ""


def judge(wire: Wire, answer: Answer, code_field: str, words_field: str, meanings: Sequence[Meaning]) -> Receipt:
    """Return the receipt of a message that was taken.

    A code that is not known is tried again: that costs nothing but time, and its number stands in the report.

    Raises:
        TryLater, Refused: it was not taken.
    """
    fields = answer.fields if answer.whole else {}
    code, words = fields.get(code_field), str(fields.get(words_field, ""))
    if not isinstance(code, int) or isinstance(code, bool):
        raise wire.by_status(answer)
    if code == 0:
        if answer.status >= 300:
            raise wire.by_status(answer)
        return wire.receipt("0", words)
    meaning = find(code, words, meanings)
    if meaning is None:
        raise wire.later(str(code), words, after=answer.retry_after)
    if meaning.outcome == "later":
        raise wire.later(str(code), words, after=max(meaning.after, answer.retry_after))
    raise wire.refused(str(code), words, meaning.mend)


def find(code: int, words: str, meanings: Sequence[Meaning]) -> Meaning | None:
    """Return what a code means in a message; the first that fits counts."""
    small = words.lower()
    for one in meanings:
        if one.code == code and (not one.words or any(word in small for word in one.words)):
            return one
    return None
