"""The rate of compliant drinking-water sources of a city: by the water abstracted, and by number. Pure, exact.

Numerator and denominator are summed over the sources' months, never the months' rates averaged; a source counts once a
month, however many of its items fail. A source that supplied nothing in a month has no part in the rate by volume; by
number it counts by its verdict, and where it has none it is left out, for nothing of it was drunk. What is not judged
is neither good nor bad: it stands apart and widens the bounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from aggregator.rates import ratio


@dataclass(frozen=True)
class Share:
    """What one source was in one month.

    Attributes:
        good: it complied; None = not judged.
        volume: m3 abstracted; None = not filed.
        most: m3 that may be abstracted in the month; None = not declared.
        judged: its month has a result; else it is still to come.
    """

    station: str
    good: bool | None
    volume: Fraction | None
    most: Fraction | None = None
    judged: bool = True

    @property
    def idle(self) -> bool:
        """Return whether the source supplied nothing."""
        return self.volume == 0

    @property
    def counted(self) -> bool:
        """Return whether it counts by number."""
        return self.good is not None or not self.idle


@dataclass(frozen=True)
class Tally:
    """What the shares of a period come to; None = cannot be told."""

    numerator: Fraction  # m3
    denominator: Fraction
    unknown: Fraction
    complied: int  # source-months
    exceeded: int
    open: int
    by_volume: Fraction | None
    by_count: Fraction | None
    lower: Fraction | None  # of the one that decides
    upper: Fraction | None
    known: Fraction | None  # the part that is judged: the lesser of volume and number of months
    unfiled: int  # source-months without a volume


def tally(shares: Sequence[Share], weight: Literal["volume", "count"]) -> Tally:
    """Return the sums of shares, and the bounds of the rate by `weight`: "volume" or "count"."""
    filed = [share for share in shares if share.volume is not None]
    numerator = _volume(share for share in filed if share.good)
    denominator = _volume(share for share in filed if share.good is not None)
    unknown = _volume(share for share in filed if share.good is None)
    counted = [share for share in shares if share.counted]
    complied = sum(share.good is True for share in counted)
    exceeded = sum(share.good is False for share in counted)
    if weight == "volume":
        lower, upper = _volume_bounds(shares, numerator, denominator)
        supplying = [share for share in shares if not share.idle]
        judged = [share for share in supplying if share.good is not None and share.volume is not None]
        parts = [ratio(denominator, denominator + unknown), ratio(len(judged), len(supplying))]
        known = min((part for part in parts if part is not None), default=None)
    else:
        lower = ratio(complied, len(counted))
        upper = ratio(len(counted) - exceeded, len(counted))
        known = ratio(complied + exceeded, len(counted))
    return Tally(
        numerator=numerator,
        denominator=denominator,
        unknown=unknown,
        complied=complied,
        exceeded=exceeded,
        open=sum(share.judged and share.good is None for share in counted),
        by_volume=ratio(numerator, denominator),
        by_count=ratio(complied, complied + exceeded),
        lower=lower,
        upper=upper,
        known=known,
        unfiled=sum(share.judged and share.volume is None for share in shares),
    )


def _volume(shares: Iterable[Share]) -> Fraction:
    return sum((share.volume or Fraction(0) for share in shares), Fraction(0))


def _volume_bounds(
    shares: Sequence[Share], numerator: Fraction, denominator: Fraction
) -> tuple[Fraction | None, Fraction | None]:
    """Return the rate by volume if everything unknown were bad, and good.

    A volume that is not filed lies between nothing and what may be abstracted; where that is not declared, a bound that
    needs it is not known.
    """
    bad: list[Fraction | None] = []
    good: list[Fraction | None] = []
    for share in shares:
        if share.volume is None or share.good is None:
            amount = share.most if share.volume is None else share.volume
            if share.good is not True:
                bad.append(amount)
            if share.good is not False:
                good.append(amount)
    lower = _bound(numerator, denominator, bad, good=False)
    return lower, _bound(numerator, denominator, good, good=True)


def _bound(
    numerator: Fraction, denominator: Fraction, amounts: Sequence[Fraction | None], *, good: bool
) -> Fraction | None:
    known = [amount for amount in amounts if amount is not None]
    if len(known) < len(amounts):
        return None
    more = sum(known, Fraction(0))
    return ratio(numerator + (more if good else 0), denominator + more)
