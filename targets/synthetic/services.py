"""Services and management: surveys, what organisations implement, who is supported, trained and awarded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import numpy as np

from targets.synthetic.forms import DISTRICTS, Forms, Row, later, new
from targets.synthetic.parties import BUILDERS, PUBLIC, SERVICES, code_on, person
from targets.synthetic.story import Story

SECTORS = (
    "banking", "insurance", "telecom", "post", "express", "power", "water", "gas", "bus", "metro", "taxi", "rail",
    "aviation", "port", "retail", "catering", "hotel", "tourism", "property", "education", "health", "sports",
    "tax", "social_security",
)  # fmt: skip
_CULTURE = "quality_culture"
_SMALL = ("port", "sports")
"""Sectors in which few answer."""

_ITEM_SECTORS, _ITEMS, _RESPONDENTS = ("banking", "metro", "health"), 5, 45

_NEW_QUESTIONNAIRE = 2014

_PROGRAMMES = ("excellence-100", "lean-2012")


def surveys(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_sv: each sector once a year, and the citizens' survey."""
    forms = Forms("R_sv", "STAT", rng)
    for place, year in enumerate(story.years):
        spread = np.linspace(-5, 5, len(SECTORS))
        for sector, above in zip(SECTORS, spread.tolist(), strict=True):
            answers = int(rng.integers(40, 90)) if sector in _SMALL else int(rng.integers(250, 420))
            mean = story.service.satisfaction[place] + above + float(rng.normal(0, 0.15))
            yield _survey(forms, "CSI", year, sector, answers, mean)
        yield _survey(forms, "QC", year, _CULTURE, 1200, story.service.culture[place])


def _survey(forms: Forms, name: str, year: int, sector: str, answers: int, mean: float) -> Row:  # noqa: PLR0917
    new_one = sector != _CULTURE and year >= _NEW_QUESTIONNAIRE
    return forms.figure(
        year,
        survey_id=f"SYN-{name}-{year}",
        round=str(year),
        sector_code=sector,
        method="CATI",
        n_valid=answers,
        mean_0_100=round(mean, 2),
        sd=14.5,
        response_rate_pct=38.5,
        weight=1,
        instrument_version="v2" if new_one else "v1",
    )


def answers(story: Story, scale: float, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_svi: the answers to single items, of a few sectors."""
    forms = Forms("R_svi", "STAT", rng)
    size = max(30, round(_RESPONDENTS * scale))
    asked = 0
    for place, year in enumerate(story.years):
        mean = story.service.satisfaction[place] * 9 / 100 + 1
        for sector in _ITEM_SECTORS:
            for _ in range(size):
                asked += 1
                scores = np.clip(np.rint(rng.normal(mean, 1.3, _ITEMS)), 1, 10).astype(int).tolist()
                for item, score in enumerate(scores, 1):
                    yield forms.figure(
                        year,
                        survey_id=f"SYN-CSI-{year}",
                        round=str(year),
                        sector_code=sector,
                        respondent_hash=person(1_000_000 + asked),
                        item=f"q{item}",
                        score=score,
                        weight=1,
                    )


def implementation(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_si: who is on a list, and how far each has come."""
    forms = Forms("R_si", "MSA", rng, "quarter")
    service = story.service
    yield from _listed(forms, story, "GBT19004", service.key_units, service.key_units_assessed, SERVICES, "banking")
    public = service.public_units_assessed
    for first, sector, dept in ((0, "education", "EDU"), (1, "health", "HLTH")):
        half = [count // 2 + (count % 2 if not first else 0) for count in public]
        base = PUBLIC + 1000 * first
        yield from _listed(forms, story, "GBT19580", service.public_units // 2, half, base, sector, dept)
    yield from _listed(forms, story, "benchmark", 20, service.benchmarked, SERVICES + 200, "retail", "SIC")
    yield from _service_standards(forms, story)
    yield from _grown(forms, story, "GBT19580", story.management.assessed, "self_assessed")
    yield from _grown(forms, story, "good_std_firm", story.standards.good_firms, "evaluated")
    yield from _grown(forms, story, "benchmark", story.management.benchmarks, "evaluated")


def _listed(  # noqa: PLR0917 - what is asked of a list
    forms: Forms, story: Story, standard: str, size: int, reached: Sequence[int], base: int, sector: str,
    dept: str = "MSA",
) -> Iterator[Row]:  # fmt: skip
    """Yield a list of key units at the opening, and each unit's assessment."""
    stage = "evaluated" if standard == "benchmark" else "self_assessed"
    for number in range(size):
        yield _stage(forms, base + number, dt.date(story.first, 1, 15), standard, "planned", sector, dept, listed=True)
    for place, numbers in new(reached):
        for number in numbers:
            day = later(dt.date(story.years[place], 3, 1), number * 3 % 280)
            yield _stage(forms, base + number, day, standard, stage, sector, dept, listed=True)


def _service_standards(forms: Forms, story: Story) -> Iterator[Row]:
    service = story.service
    done = {number: place for place, numbers in new(service.standards_implemented) for number in numbers}
    for number in range(service.standards):
        sector = SECTORS[number % len(SECTORS)]
        own: Row = {"standard_no": f"SYN SZDB {number + 1:03d}"}
        args = (SERVICES + 400 + number, "service_std", sector)
        yield _plain(forms, *args, dt.date(story.first, 2, 1), "planned") | own
        if number in done:
            day = later(dt.date(story.years[done[number]], 4, 1), number * 2)
            yield _plain(forms, *args, day, "implemented") | own


def _grown(forms: Forms, story: Story, standard: str, reached: Sequence[int], stage: str) -> Iterator[Row]:
    for place, numbers in new(reached):
        for number in numbers:
            day = later(dt.date(story.years[place], 2, 1), number * 7 % 320)
            yield _plain(forms, 1 + number, standard, f"industry-{number % 8 + 1}", day, stage)


def _plain(forms: Forms, org: int, standard: str, sector: str, day: dt.date, stage: str) -> Row:  # noqa: PLR0917
    return _stage(forms, org, day, standard, stage, sector, "MSA", listed=False)


def _stage(  # noqa: PLR0917 - the columns of a form
    forms: Forms, org: int, day: dt.date, standard: str, stage: str, sector: str, dept: str, *, listed: bool
) -> Row:
    scored = standard == "GBT19580" and stage != "planned"
    return forms.record(
        day,
        dept=dept,
        district=DISTRICTS[org % len(DISTRICTS)],
        org_id=code_on(org, day),
        sector=sector,
        standard=standard,
        stage=stage,
        score=int(forms.rng.integers(250, 680)) if scored else None,
        listed_key_unit=listed,
        assessed_on=day,
        evidence_ref=f"SYN-{standard}-{org}" if stage == "evaluated" else None,
    )


def support(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_su: distinct firms in each year, some of them in two programmes."""
    forms = Forms("R_su", "MSA", rng)
    for place, year in enumerate(story.years):
        for number in range(story.management.supported[place]):
            firm = 1 + (number * 3 + place * 11) % 900
            for programme in _PROGRAMMES[: 2 if number % 10 == 0 else 1]:
                yield forms.figure(
                    year,
                    district=DISTRICTS[firm % len(DISTRICTS)],
                    firm_id=code_on(firm, dt.date(year, 12, 31)),
                    programme=programme,
                    year=year,
                    amount_10k=int(rng.integers(10, 80)),
                )


def training(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_tr: each person once, and every sixth once more in a second course."""
    forms = Forms("R_tr", "MSA", rng, "quarter")
    for place, numbers in new(story.management.trained):
        year = story.years[place]
        for number, day in zip(numbers, forms.days(year, len(numbers)), strict=True):
            for course in range(2 if number % 6 == 0 else 1):
                yield forms.record(
                    day,
                    course_id=f"PE-{year}-{(day.month - 1) // 3 + 1}{'B' if course else ''}",
                    person_hash=person(number),
                    completed_on=day,
                    hours=16,
                    org_id=code_on(1 + number % 1200, day),
                )


def awards(story: Story, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_aw: the mayor's award each year, and national awards of works on both bases."""
    forms = Forms("R_aw", "MSA", rng)
    for place, year in enumerate(story.years):
        day = dt.date(year, 11, 20)
        for number in range(story.management.winners[place]):
            org = 1 + place * 5 + number
            yield forms.record(
                day,
                award="mayor_quality",
                edition=f"{place + 7}",
                org_id=code_on(org, day),
                role="main",
                announced_on=day,
            )
        for number, award in enumerate(("luban", "natl_quality_eng", "zhantianyou")[: 1 + place // 2]):
            day = dt.date(year, 12, 5)
            basis = ("site_in_sz", "both", "builder_sz")[(place + number) % 3]
            yield forms.record(
                day,
                dept="HCB",
                award=award,
                edition=str(year),
                project_id=f"SYN-PJ-{max(story.first, year - 1)}-{number + 1:04d}",
                org_id=code_on(BUILDERS + place, day),
                basis=basis,
                role="main",
                announced_on=day,
            )
