"""Patents, brands, standards and committees, and what other cities have."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import numpy as np

from targets.records.identifiers import patent_check
from targets.records.known import CITY_CODE
from targets.synthetic.forms import Forms, Row, later, new
from targets.synthetic.parties import code_on, named
from targets.synthetic.story import Story

_FIELDS = ("F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "other")
_FIELD_SHARES = (22, 12, 8, 7, 6, 5, 3, 2, 35)
_KINDS = {"invention": 1, "utility": 2, "design": 3}
_FIRST_NUMBER = 9_000_000
"""Of applications: beyond those that any year has had."""
_FIRST_ELSEWHERE = 9_500_000
_OF_EVEN_YEARS = 250_000
_ABROAD = 0.1
_OTHERS_A_YEAR, _ELSEWHERE_A_YEAR = 900, 300

_YEARLY = 0.6
"""Points by which the cities that one compares with get better each year."""

_TITLE_YEARS = 3
"""For which a title of the province holds."""

_LEVELS = ("intl", "national", "industry")
_LEVEL_SHARES = (10, 40, 50)
_SHARING = 0.35
_PARTNERS = 400


def patents(story: Story, scale: float, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_pt: all inventions of the city, and as many others as the scale says."""
    forms = Forms("R_pt", "MSA", rng, "month")
    for place, year in enumerate(story.years):
        yield from _granted(forms, year, story.product.inventions[place], "invention")
        others = round(_OTHERS_A_YEAR * scale)
        yield from _granted(forms, year, others, "utility")
        yield from _granted(forms, year, others // 2, "design")
        elsewhere = round(_ELSEWHERE_A_YEAR * scale)
        yield from _granted(forms, year, elsewhere, "invention", city="441900", first=_FIRST_ELSEWHERE)


def _granted(
    forms: Forms, year: int, size: int, kind: str, *, city: str = CITY_CODE, first: int = _FIRST_NUMBER
) -> Iterator[Row]:
    fields = forms.rng.choice(len(_FIELDS), size, p=np.array(_FIELD_SHARES) / sum(_FIELD_SHARES)).tolist()
    owners = (1 + forms.rng.integers(3000, size=size)).tolist()
    abroad = (forms.rng.random(size) < _ABROAD).tolist()
    first += 0 if year % 2 else _OF_EVEN_YEARS  # grants of two years are of applications of one
    for number, day in enumerate(forms.days(year, size)):
        body = f"{year - 2 - number % 2}{_KINDS[kind]}{first + number}"
        yield forms.record(
            day,
            appl_no=f"{body}.{patent_check(body)}",
            type=kind,
            grant_date=day,
            first_applicant_id=code_on(owners[number], day),
            applicant_city=city,
            field_code=_FIELDS[fields[number]],
            pct=abroad[number],
        )


def brands(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_br: indications, titles that expire and are renewed, revenue of the largest owners."""
    forms = Forms("R_br", "MSA", rng)
    for place, numbers in new(story.brand.geographical):
        for number in numbers:
            day = dt.date(story.years[place], 9, 20)
            yield _brand(forms, "gi", day, None, f"地理标志{number + 1}", 400 + number)
    yield from _titles(forms, story)
    for number, revenue in enumerate(story.brand.revenue):
        for year, amount in zip(story.years, revenue, strict=True):
            own: Row = {"revenue_100m": amount, "revenue_year": year}
            awarded = dt.date(story.first, 5, 10)
            yield _brand(forms, "china_brand", awarded, None, f"名牌{number + 1}", 1 + number, year) | own


def _titles(forms: Forms, story: Story) -> Iterator[Row]:
    """Yield titles so that as many stand at each year's end as the story says; each is renewed, or given up."""
    standing: list[tuple[int, int]] = []  # number and year of the award
    unused = iter(range(10_000))
    for year, wanted in zip(story.years, story.brand.famous, strict=True):
        ending = [title for title in standing if title[1] + _TITLE_YEARS == year]
        staying = [title for title in standing if title not in ending]
        renewed = [number for number, _ in ending][: max(0, wanted - len(staying))]
        fresh = [next(unused) for _ in range(wanted - len(staying) - len(renewed))]
        if year == story.first:  # the opening stock was awarded over three years
            standing = [(number, year - number % _TITLE_YEARS) for number in fresh]
        else:
            standing = staying + [(number, year) for number in renewed + fresh]
        for number, awarded in [title for title in standing if title[1] == year or year == story.first]:
            day = dt.date(awarded, 9, 1)
            until = dt.date(awarded + _TITLE_YEARS, 9, 1)
            yield _brand(forms, "prov_brand", day, until, f"省名牌{number + 1}", 10 + number, year)


def _brand(  # noqa: PLR0917 - the columns of a form
    forms: Forms, kind: str, day: dt.date, until: dt.date | None, name: str, owner: int, year: int | None = None
) -> Row:
    filed = dt.date(year or day.year, 12, 31)
    return forms.record(
        filed,
        brand_type=kind,
        name=named(name),
        owner_id=code_on(owner, filed),
        awarded_on=day,
        valid_to=until,
        register=named("名录"),
    )


def peers(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_pe: titles of other cities of the province, and figures of cities to compare with."""
    forms = Forms("R_pe", "MSA", rng)
    for city, counts in story.brand.famous_elsewhere.items():
        for year, count in zip(story.years, counts, strict=True):
            yield _peer(forms, "brd.prov_brand", city, year, count)
    own = {
        "prd.market_pass": [round(100 - share, 1) for share in story.product.failing],
        "env.sewage_rate": story.environment.treated,
    }
    for indicator, latest in story.abroad.items():
        for place, year in enumerate(story.years):
            yield _peer(forms, indicator, CITY_CODE, year, own[indicator][place], "DRC")
            for number, value in enumerate(latest):
                before = round(value - _YEARLY * (len(story.years) - 1 - place), 1)
                yield _peer(forms, indicator, f"SYN-CITY_CODE-{number + 1}", year, before, "DRC")


def _peer(forms: Forms, indicator: str, city: str, year: int, value: float, dept: str = "MSA") -> Row:  # noqa: PLR0917
    return forms.figure(
        year,
        dept=dept,
        indicator_id=indicator,
        peer=city,
        year=year,
        value=value,
        as_of=dt.date(year, 12, 31),
        rank_source=named("名单"),
    )


def standards(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_sd: standards with all who take part, and committees."""
    forms = Forms("R_sd", "MSA", rng, "quarter")
    for place, year in enumerate(story.years):
        size = story.standards.published[place]
        led = round(size * story.standards.led[place] / 100)
        leads = rng.permutation(size) < led
        for number, day in enumerate(forms.days(year, size)):
            yield from _published(forms, day, number, leads=bool(leads[number]))
    for place, numbers in new(story.standards.committees):
        for number in numbers:
            yield _committee(forms, number, later(dt.date(story.years[place], 3, 1), number * 5))


def _published(forms: Forms, day: dt.date, number: int, *, leads: bool) -> Iterator[Row]:
    level = forms.choice(_LEVELS, _LEVEL_SHARES)
    roles: Sequence[str] = ("lead" if leads else "participant",)
    if forms.rng.random() < _SHARING:
        roles = (*roles, "participant")
    for place, role in enumerate(roles):
        yield forms.record(
            day,
            kind="standard",
            level=level,
            ref_no=f"SYN {level} {number:04d}-{day.year}",
            title=named(f"标准{day.year}-{number:04d}"),
            role=role,
            org_id=code_on(1 + (number * 7 + place * 31) % _PARTNERS, day),
            field_code=forms.choice(_FIELDS, _FIELD_SHARES),
            published_on=day,
        )


def _committee(forms: Forms, number: int, day: dt.date) -> Row:
    kind = ("TC", "SC", "WG")[number % 3]
    return forms.record(
        day,
        kind=kind,
        level=_LEVELS[number % 2],
        ref_no=f"SYN {kind} {number + 1}",
        title=named(f"技术组织{number + 1}"),
        role="convenor" if kind == "WG" else "secretariat",
        org_id=code_on(50 + number, day),
        field_code=_FIELDS[number % len(_FIELDS)],
        valid_from=day,
    )
