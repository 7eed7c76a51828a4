"""Rules about yearly targets of water sources, outlets and sewage: out of reach, by the city's rate of the year.

The ledger says within which bounds the year's rate will be: when even the upper one misses the target, it is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from alerting.judged import Judged
from alerting.keys import AlarmId
from alerting.record import Context
from alerting.rules.compiled import Compiled, Ruleset
from alerting.state import Condition, Sample
from alerting.verdicts import RATES, Subject, is_late, rate_of, subject
from qualicity.network import Network
from qualicity.store.ledger import Version
from qualicity.target import parse_target


def rate_samples(versions: Sequence[Version], ruleset: Ruleset, network: Network, now: int) -> Iterator[Judged]:
    """Yield what new versions of cities' rates say of the rules about yearly targets, in the order of their times."""
    rules = [one for one in ruleset.rules if one.rule.kind == "budget" and one.rule.burn == "lost"]
    found = []
    for version in versions:
        about = subject(version.key)
        if about is None or about.station or about.period.kind != "year" or about.medium not in RATES:
            continue
        found += [_judged(one, version, about, now) for one in rules if _applies(one, version, about, network)]
    yield from sorted(found, key=lambda judged: judged.sample.at)


def _applies(one: Compiled, version: Version, about: Subject, network: Network) -> bool:
    known = about.city in network.city_by_id and one.covers_city(about.city)
    return known and about.medium in one.media and version.standard == rate_of(one, about.medium)


def _judged(one: Compiled, version: Version, about: Subject, now: int) -> Judged:
    result, rule = version.result, one.rule
    upper, target = result["rate_upper"], parse_target(result["target"])
    if upper is None:
        condition = Condition.UNKNOWN
    else:
        condition = Condition.CLEAR if target.met(_exact(upper)) else Condition.TRIPPED
    year, so_far = about.period.text, _reached(result)
    known_zh = "" if so_far is None else f"；目前{_percent(so_far)}%"
    known_en = "" if so_far is None else f"; {_percent(so_far)} % so far"
    best = "?" if upper is None else _percent(upper)
    context = Context(
        severity=rule.severity,
        city=about.city,
        limit=float(target.share),
        statistic="year",
        certainty=result["certainty"] or "",
        rule_version=one.version,
        evidence=f"{version.key}@{version.standard}#{version.version}",
        detail=f"{year}: at most {best} %, the target is {target.text} %{known_en}",
        detail_zh=f"{year}年：最高只能达到{best}%，目标{target.text}%{known_zh}",
    )
    at = min(about.period.end, version.made)
    return Judged(AlarmId(rule.id, about.city), Sample(at, condition, upper), context, late=is_late(about.period, now))


def _reached(result: Mapping[str, float | None]) -> float | None:
    by_volume = result["rate_volume"]
    return result["rate_count"] if by_volume is None else by_volume


def _exact(rate: float) -> Fraction:
    """Return the ratio that was written as a float: its shortest decimal, so that 95 % is not a little less."""
    return Fraction(repr(float(rate)))


def _percent(rate: float) -> str:
    """Return a rate in percent; never rounded up to what it is not."""
    hundredths = int(_exact(rate) * 10_000)
    return f"{hundredths / 100:g}"
