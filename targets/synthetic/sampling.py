"""Product sampling: campaigns of all schemes and stages, retests, objections, corrections and withdrawals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np

from targets.records.known import CITY_CODE
from targets.synthetic.forms import Forms, Row, Value, fewest, later
from targets.synthetic.parties import ELSEWHERE, SERVICES, code_on, named
from targets.synthetic.story import Story, story

_CLASSES = 24
_KEY = 16
"""Product classes, and how many of them are on the list of key products."""

_SCHEMES = ("city_routine", "provincial", "natl_supervision", "special", "complaint")
_SHARES = (60, 14, 9, 10, 7)
_STAGES = ("market", "production", "online")
_STAGE_SHARES = ((66, 34, 0), (64, 32, 4))
"""Before and since goods that are sold online are sampled."""
_ONLINE_SINCE = 2013

_SIZES = ("L", "M", "S", "micro")
_SIZE_SHARES = (15, 30, 40, 15)
_RISK_OF_SIZE = {"L": 0.4, "M": 0.8, "S": 1.2, "micro": 1.9}
_RISK_OF_SCHEME = {"special": 1.8, "complaint": 4.5}
_RISK_OF_STAGE = {"market": 1.0, "production": 0.7, "online": 1.8}

_FIRMS, _OTHERS = 3000, 900
_OTHER_CITIES = ("440100", "441900", "440600", "330100", "310000")
_OF_OTHER_CITIES = 0.25

_RETESTED, _OBJECTED, _UPHELD, _WITHDRAWN = 0.5, 0.08, 0.4, 0.003
_PENDING = 0.02
"""Of the last quarter's batches: not decided when the records were filed."""

_PANEL = 12
"""Products of the national tracking, the same in each half-year."""


def sampling(story: Story, scale: float, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the records of R_ps."""
    forms = Forms("R_ps", "MSA", rng, "month")
    for place, year in enumerate(story.years):
        size = max(1, round(story.product.batches[place] * scale))
        yield from _year(forms, year, size, story.product.failing[place] / 100, last=year == story.years[-1])
        for half, failing in enumerate(story.product.tracked_failing[place]):
            yield from _tracking(forms, year, half, story.product.tracked, failing)


def _year(forms: Forms, year: int, size: int, failing: float, *, last: bool) -> Iterator[Row]:
    """Yield a year's batches and what became of them; of key products in the market the given share fails."""
    batches = [_batch(forms, year, day, number) for number, day in enumerate(forms.days(year, size))]
    risks = np.array([_risk(batch, number) for number, batch in enumerate(batches)])
    judged = np.array([_in_rate(batch) for batch in batches], bool)
    fails = np.zeros(size, bool)
    fails[judged] = fewest(risks[judged], round(failing * int(judged.sum())), forms.rng)
    usual = float(risks[judged].mean()) if judged.any() else 1.0
    fails[~judged] = forms.rng.random(int((~judged).sum())) < np.minimum(0.9, failing * risks[~judged] / usual)
    for number, (batch, fail) in enumerate(zip(batches, fails.tolist(), strict=True)):
        pending = last and number > size * 3 // 4 and not fail and forms.chance() < _PENDING
        row = batch | ({"verdict": "pending"} if pending else _verdict(forms, fail=fail))
        yield row
        yield from _after(forms, row, number, fail=fail)


def _batch(forms: Forms, year: int, day: dt.date, number: int) -> Row:
    scheme = forms.choice(_SCHEMES, _SHARES)
    stage = forms.choice(_STAGES, _STAGE_SHARES[year >= _ONLINE_SINCE])
    product = 1 + int(forms.chance() * _CLASSES)
    abroad = forms.chance() < _OF_OTHER_CITIES and stage != "production"
    producer = ELSEWHERE + int(forms.chance() * _OTHERS) if abroad else 1 + int(forms.chance() * _FIRMS)
    sold = stage != "production"
    return forms.record(
        day,
        district=forms.district(),
        scheme=scheme,
        stage=stage,
        campaign_id=f"{scheme.upper()}-{year}-{(day.month - 1) // 3 + 1}",
        product_code=f"P{product:02d}",
        product_list=str(year),
        key_product=product <= _KEY,
        brand=named(f"牌号{producer % 1000}"),
        producer_id=code_on(producer, day),
        producer_city=_OTHER_CITIES[producer % len(_OTHER_CITIES)] if abroad else CITY_CODE,
        seller_id=code_on(SERVICES + int(forms.chance() * _OTHERS), day) if sold else None,
        firm_size=forms.choice(_SIZES, _SIZE_SHARES),
        lot_no=f"{day:%Y%m%d}-{number:05d}",
        sample_n=1 + int(forms.chance() * 6),
        sampled_on=day,
        lab_id=f"LAB-{1 + product % 7:02d}",
        standard_no=f"SYN-GB {1000 + product}",
        safety_item_failed=False,
        objection="none",
    )


def _in_rate(batch: Row) -> bool:
    return batch["stage"] == "market" and bool(batch["key_product"]) and batch["scheme"] != "complaint"


def _risk(batch: Row, number: int) -> float:
    product = int(str(batch["product_code"])[1:])
    own = 0.5 + (product * 7 % _CLASSES) / _CLASSES
    return (
        own
        * _RISK_OF_SIZE[str(batch["firm_size"])]
        * _RISK_OF_SCHEME.get(str(batch["scheme"]), 1.0)
        * _RISK_OF_STAGE[str(batch["stage"])]
        * (1 + number % 3 / 10)
    )


def _verdict(forms: Forms, *, fail: bool) -> Row:
    tested = 6 + int(forms.chance() * 10)
    found: Row = {"items_tested": tested, "items_failed": 0, "verdict": "pass"}
    if fail:
        grade = forms.choice("ABC", (15, 45, 40))
        failed = 1 + int(forms.chance() * 3)
        found |= {"items_failed": failed, "verdict": "fail", "nonconformity_class": grade}
        found["safety_item_failed"] = grade == "A"
    return found


def _after(forms: Forms, row: Row, number: int, *, fail: bool) -> Iterator[Row]:
    """Yield what follows a batch: a retest, an objection and its end, or that it was filed by mistake."""
    event, reported = row["sampled_on"], row["reported_at"]
    assert isinstance(event, dt.date)  # noqa: S101
    assert isinstance(reported, dt.date)  # noqa: S101
    if not fail:
        if forms.chance() < _WITHDRAWN:
            yield forms.withdrawn(row, later(reported, 20), "重复录入")
        return
    if forms.chance() < _OBJECTED:
        yield forms.corrected(row, later(reported, 15), objection="filed")
        if forms.chance() < _UPHELD:
            upheld = _cleared() | {"objection": "upheld", "note": "异议成立，复核合格"}
            yield forms.corrected(row, later(reported, 45), **upheld)
        elif event < dt.date(story().years[-1], 12, 1):  # what came last is not decided yet
            yield forms.corrected(row, later(reported, 45), objection="none", note="异议不成立")
    elif forms.chance() < _RETESTED and event < dt.date(event.year, 11, 1):
        day = later(event, 40)
        again = {**row, **forms.record(day, district=str(row["district"])), "scheme": "retest"}
        again |= {"campaign_id": f"RETEST-{day.year}", "lot_no": f"{row['lot_no']}R", "sampled_on": day}
        again |= {"producer_id": code_on_day(row, day), "safety_item_failed": False, "nonconformity_class": None}
        yield again | _verdict(forms, fail=number % 6 == 0)


def code_on_day(row: Row, day: dt.date) -> Value:
    """Return a row's producer by the code that is in use on another day."""
    code = str(row["producer_id"])
    short = code[8:17] if len(code) > len("HC0000000") else code
    return code_on(int(short[2:8]), day)


def _cleared() -> Row:
    return {"verdict": "pass", "items_failed": 0, "nonconformity_class": None, "safety_item_failed": False}


def _tracking(forms: Forms, year: int, half: int, size: int, failing: int) -> Iterator[Row]:
    """Yield the tracked batches of a half-year, of which so many fail."""
    fails = fewest(np.ones(size), failing, forms.rng)
    for number, fail in enumerate(fails.tolist()):
        day = later(dt.date(year, 1 + 6 * half, 15), number % 120)
        product = 1 + number % _PANEL
        producer = 1 + number
        row = forms.record(
            day,
            district=forms.district(),
            scheme="natl_tracking",
            stage="production",
            campaign_id=f"TRACKING-{year}-{half + 1}",
            product_code=f"P{product:02d}",
            product_list=str(year),
            key_product=True,
            brand=named(f"牌号{producer % 1000}"),
            producer_id=code_on(producer, day),
            producer_city=CITY_CODE,
            firm_size=_SIZES[producer % 3],
            lot_no=f"T{day:%Y%m%d}-{number:03d}",
            sample_n=2,
            sampled_on=day,
            lab_id="LAB-01",
            standard_no=f"SYN-GB {1000 + product}",
            safety_item_failed=False,
            tracking_panel_id=f"TP-{product:02d}",
            objection="none",
        )
        yield row | _verdict(forms, fail=fail)
