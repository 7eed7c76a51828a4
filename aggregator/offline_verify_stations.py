"""Recompute the verdicts of water stations and outlets from the readings beside it.

Needs Python 3.11 and nothing else: `python3 -I verify.py EVIDENCE.zip`. Reads the members of the archive, checks
their SHA-256, recomputes what rows.json says from readings.csv by law.json, in exact fractions (pH by its logarithm),
and compares. What rests on a laboratory, a substitute or a removal at an outlet is counted as not recomputed, and so
are loads. Exit code 0: all that was recomputed agrees.
"""

# ruff: noqa: ANN001, ANN201, PLR0917 - read by people who verify: short, and not part of the program
# mypy: ignore-errors

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import math
import sys
import zipfile
from collections import defaultdict
from fractions import Fraction

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
LAW_OFFSET_MS = 8 * HOUR_MS
EPOCH = dt.date(1970, 1, 1)
UNKNOWN, COMPLIES, EXCEEDS = "NOT_ASSESSABLE", "COMPLIES", "EXCEEDS"


def half_even(value, digits):
    """Return a fraction rounded half to even to so many decimals (GB/T 8170)."""
    return Fraction(round(value * 10**digits), 10**digits)


def significant(value, digits):
    """Return a value rounded half to even; what would become 0 and is not keeps one significant digit."""
    result = half_even(value, digits)
    while result == 0 and value != 0 and digits < 12:
        digits += 1
        if abs(value) >= Fraction(1, 10**digits):
            return half_even(value, digits)
    return result


def acid_mean(values, digits):
    """Return the mean of pH by the ions' activity, rounded at nine decimals first."""
    mean = -math.log10(sum(10.0 ** -float(value) for value in values) / len(values))
    return half_even(half_even(Fraction(mean), 9), digits)


def days_of(period):
    """Return the first and the last day of a period's text."""
    if "Q" in period:
        year, quarter = int(period[:4]), int(period[5])
        first, last = (year, 3 * quarter - 2), (year, 3 * quarter)
    elif len(period) == len("2016-03-05"):
        day = dt.date.fromisoformat(period)
        return day, day
    else:
        year, months = int(period[:4]), [int(text) for text in period.split("-")[1:]]
        first, last = (year, months[0] if months else 1), (year, months[0] if months else 12)
    after = dt.date(last[0] + last[1] // 12, last[1] % 12 + 1, 1)
    return dt.date(*first, 1), after - dt.timedelta(days=1)


def day_start(day):
    """Return the start of a civil day, ms UTC."""
    return (day - EPOCH).days * DAY_MS - LAW_OFFSET_MS


def current_rows(rows):
    """Return one row a cell: greatest grade, then revision, then a valid one, then value."""
    best = {}
    for row in rows:
        row["exact"], row["valid"] = Fraction(row["canonical"] or 0), row["invalid"] == "0" and row["canonical"] != ""
        row["at"], row["s"] = int(row["start"]), int(row["period"])
        cell = tuple(row[name] for name in ("station", "parameter", "poc", "statistic", "period", "start"))
        rank = (int(row["grade"]), int(row["revision"]), row["valid"], row["exact"])
        if cell not in best or rank > best[cell][0]:
            best[cell] = (rank, row)
    return sorted((row for _, row in best.values()), key=lambda row: row["at"])


# water


def ends_of(row, law):
    """Return (low, value, high) of a reading: what the truth lies between; None = no end, or nothing stands for it."""
    digits = law["decimals"][row["parameter"]]
    value = half_even(row["exact"], digits)
    if row["qualifier"] == "BELOW":
        limit = half_even(Fraction(row["limit"]), digits) if row["limit"] else value
        if limit <= 0:
            return Fraction(0), None, None
        return Fraction(0), half_even(limit * Fraction(law["not_detected"]), digits), limit
    return value, value, None if row["qualifier"] == "ABOVE" else value


def samples_of(rows, channels, law):
    """Return samples by (parameter, source): [(time, valid, low, value, high, found)]; a slot's readings are one."""
    automatic = {}
    for channel in channels:
        if not channel["manual"]:
            automatic.setdefault(channel["parameter"], channel)
    places = {(c["parameter"], str(c["poc"])): c for c in channels if c["manual"]}
    places |= {(c["parameter"], str(c["poc"])): c for c in automatic.values()}
    slots = defaultdict(list)
    for row in rows:
        channel = places.get((row["parameter"], row["poc"]))
        if channel is None or row["parameter"] not in law["decimals"] or row["statistic"] not in {"VALUE", "MEAN"}:
            continue
        length = 1 if channel["manual"] else min(channel["interval"] * 1000, DAY_MS)
        if channel["manual"] or row["s"] * 1000 <= length:
            source = "manual" if channel["manual"] else "automatic"
            slot = (row["at"] + LAW_OFFSET_MS) // length
            slots[row["parameter"], source, row["poc"], slot].append(row)
    found = defaultdict(list)
    for (parameter, source, _, _), rows_of_slot in sorted(slots.items(), key=lambda pair: pair[1][0]["at"]):
        top = max((row["valid"], row["s"], row["statistic"] == "MEAN") for row in rows_of_slot)
        own = [row for row in rows_of_slot if (row["valid"], row["s"], row["statistic"] == "MEAN") == top]
        ends = [ends_of(row, law) for row in own]
        low, value, high = (together([e[n] for e in ends], parameter in law["hydrogen"], law["decimals"][parameter])
                            for n in range(3))  # fmt: skip
        seen = any(row["qualifier"] != "BELOW" and end[1] > 0 for row, end in zip(own, ends, strict=True))
        below = all(row["qualifier"] == "BELOW" for row in own)
        found[parameter, source].append((own[0]["at"], own[0]["valid"], low, value, high, seen, below))
    return found


def together(values, hydrogen, digits):
    """Return the mean of one slot's ends; None where one has no end."""
    if any(value is None for value in values):
        return None
    if len(values) == 1:
        return values[0]
    return acid_mean(values, 9) if hydrogen else half_even(sum(values) / len(values), digits)


def class_of(item, value, found):
    """Return the number of the best class whose bound holds; beyond all: their count."""
    for number, bound in enumerate(item["bounds"]):
        low, high = bound["low"], bound["high"]
        inside = (low is None or value >= Fraction(low)) and (high is None or value <= Fraction(high))
        if (not found) if bound["absent"] else inside:
            return number
    return len(item["bounds"])


def water_item(item, samples, law, cover, kind, source):
    """Return (n, value, class number, verdict) of an item; None where nothing is decided."""
    valid = [sample for sample in samples if sample[1]]
    n, expected = len(valid), cover["expected"]
    least = -(-expected * Fraction(law["automatic_share"]) // 1)
    if source == "manual":
        least = min(expected, law["manual_at_least"].get(kind, 1))
    if n < max(1, least):
        return n, None, None, UNKNOWN
    stands = all(sample[3] is not None for sample in valid)
    endless = any(sample[4] is None for sample in valid)
    known = [sample[3] for sample in valid if sample[3] is not None]
    if item["parameter"] in law["hydrogen"]:
        value = low = high = acid_mean(known, item["digits"] if item["digits"] is not None else 9)
    else:
        decimals = law["decimals"][item["parameter"]]
        low = mean([sample[2] for sample in valid], item, decimals)
        value = mean(known, item, decimals) if known else None
        high = None if endless else mean([sample[4] for sample in valid], item, decimals)
    seen = any(sample[5] for sample in valid)
    last = len(item["bounds"])
    ends = [class_of(item, low, seen), last if high is None else class_of(item, high, seen)]
    best, worst, target = min(ends), max(ends), law["target"]
    verdict = COMPLIES if worst <= target else EXCEEDS if best > target else UNKNOWN
    decided = best == worst or (stands and not endless and (best <= target) == (worst <= target))
    number = None
    if decided:
        number = class_of(item, value, seen) if stands and not endless else best
    shown = (high if all(sample[6] for sample in valid) else value) if stands else None
    return n, shown, number, verdict


def mean(values, item, decimals):
    """Return an assessed mean; one that no rule rounds is cut finely, on the same side of every bound."""
    exact = sum(values, Fraction(0)) / len(values)
    if item["digits"] is not None:
        return significant(exact, item["digits"])
    cut, rest = divmod(exact * 10**decimals, 1)
    return Fraction(cut + (1 if rest and cut % 5 == 0 else 0), 10**decimals)


def judge_water(row, rows, law, station):
    """Return what a row of a water station says otherwise than the readings, and how many items were recomputed."""
    first, last = days_of(row["period"])
    begin, end = day_start(first), day_start(last) + DAY_MS
    found = samples_of([r for r in rows if begin <= r["at"] < end], station["channels"], law)
    problems, classes, verdicts, lacking, known = [], [], [], False, 0
    for item in law["items"]:
        name = item["parameter"]
        stated = row["items"].get(name)
        if stated is None:
            continue
        cover, source = row["coverage"][name], stated["source"]
        kind = {10: "day", 7: "month", 6: "quarter", 4: "year"}[len(row["period"])]
        n, value, number, verdict = water_item(item, found[name, source], law, cover, kind, source)
        says = item["counts"] and (item["classed"] or station["purpose"] == "source")
        name_of = None if number is None or not item["classed"] else [*law["classes"], law["beyond"]][number]
        here = {"n": n, "value": None if value is None else float(value), "class": name_of,
                "verdict": verdict if says else None}  # fmt: skip
        known += 1
        problems += [
            f"{row['key']}: {name} {field} is {stated[field]}, the readings give {own}"
            for field, own in here.items()
            if stated[field] != own and not (field == "value" and near(stated[field], own))
        ]
        due = value is not None or cover["expected"] > 0
        if item["counts"] and item["classed"]:
            classes.append((number, due))
        if says:
            verdicts.append(verdict)
            lacking |= verdict == UNKNOWN and (due or n > 0)
    worst = max((number for number, _ in classes if number is not None), default=-1)
    is_open = any(number is None and due for number, due in classes)
    section = None if worst < 0 or (is_open and worst <= law["target"]) else [*law["classes"], law["beyond"]][worst]
    verdict = EXCEEDS if EXCEEDS in verdicts else COMPLIES if COMPLIES in verdicts and not lacking else UNKNOWN
    for field, own in (("class", section), ("verdict", verdict)):
        if row[field] != own:
            problems.append(f"{row['key']}: {field} is {row[field]}, the readings give {own}")
    return problems, known


def near(one, other):
    """Return whether two numbers are the same but for the last bit of a float."""
    return one is not None and other is not None and abs(one - other) <= 1e-9 * max(abs(one), abs(other), 1e-3)


# outlets


def hours_of(rows, parameter, poc, start):
    """Return 24 lists of one channel's hours: (mean or None, least, most)."""
    hours = [[] for _ in range(24)]
    for row in rows:
        own = row["parameter"] == parameter and row["poc"] == str(poc) and row["statistic"] in {"VALUE", "MEAN"}
        if own and 0 <= row["at"] - start < DAY_MS:
            hours[(row["at"] - start) // HOUR_MS].append(row)
    return [hour_of(own, parameter) for own in hours]


def hour_of(rows, parameter):
    """Return an hour's mean, least and most: of what spans it, else of what is finer; means count before instants."""
    whole = [row for row in rows if row["s"] == 3600 and row["at"] % HOUR_MS == 0]
    if whole:
        chosen = max(whole, key=lambda row: row["statistic"] == "MEAN")
        return (chosen["exact"],) * 3 if chosen["valid"] else (None,) * 3
    valid = [row for row in rows if row["valid"] and row["s"] < 3600]
    valid = [row for row in valid if row["s"] > 0] or valid
    if not valid:
        return (None,) * 3
    weight = [max(row["s"], 1) for row in valid]
    values = [row["exact"] for row in valid]
    if parameter == "ph":
        ions = sum(10.0 ** -float(v) * w for v, w in zip(values, weight, strict=True)) / sum(weight)
        return half_even(Fraction(-math.log10(ions)), 9), min(values), max(values)
    total = sum(v * w for v, w in zip(values, weight, strict=True))
    return half_even(total / sum(weight), 9), min(values), max(values)


def judge_outlet(row, rows, law, station):
    """Return what a row of an outlet's day says otherwise than the readings, recomputed and left out items."""
    start = day_start(days_of(row["period"])[0])
    first = {}
    for channel in station["channels"]:
        if not channel["manual"]:
            first.setdefault(channel["parameter"], channel)
    volumes = [None] * 24
    if "flow" in first:
        flow = hours_of(rows, "flow", first["flow"]["poc"], start)
        volumes = [None if hour[0] is None or hour[0] < 0 else hour[0] * Fraction(36, 10) for hour in flow]
        for own in rows:
            at = own["at"] - start
            if (own["parameter"], own["statistic"], own["s"]) == ("flow", "TOTAL", 3600) and 0 <= at < DAY_MS:
                volumes[at // HOUR_MS] = own["exact"] if own["valid"] else None
    problems, known, left = [], 0, 0
    for name, stated in row["items"].items():
        simple = name in first and not stated.get("note") and first[name]["interval"] <= 3600
        odd = any(r["parameter"] == name and (r["qualifier"] != "NONE" or r["exact"] <= 0) for r in rows)
        totals = any(r["parameter"] == name and r["statistic"] == "TOTAL" and r["s"] < 3600 for r in rows)
        if not simple or name == "flow" or odd or totals or stated["limit"] is None:
            left += name != "flow"
            continue
        known += 1
        problems += outlet_item(row, name, stated, hours_of(rows, name, first[name]["poc"], start), volumes, law)
    return problems, known, left


def outlet_item(row, name, stated, hours, volumes, law):
    """Return what an item of an outlet's day says otherwise than its hours."""
    counted = [
        (hour, volume)
        for hour, volume in zip(hours, volumes, strict=True)
        if hour[0] is not None and not (law["zero_flow_invalid"] and volume == 0)
    ]
    weighted = name in law["weighted"] and law["has_flow"]
    if weighted:
        counted = [(hour, volume) for hour, volume in counted if volume is not None and volume > 0]
    cover = stated["coverage"]
    enough = counted and len(counted) >= cover["expected"] * Fraction(law["share"])
    mean_value = None
    if enough and name == "ph":
        mean_value = acid_mean([hour[0] for hour, _ in counted], 2)
    elif enough:
        weights = [volume if weighted else 1 for _, volume in counted]
        mean_value = sum(h[0] * w for (h, _), w in zip(counted, weights, strict=True)) / sum(weights)
    problems = []
    if len(counted) != cover["valid"]:
        problems.append(f"{row['key']}: {name} has {cover['valid']} valid values, the readings give {len(counted)}")
    own = None if mean_value is None else float(mean_value)
    if (stated["value"] is None) != (own is None) or (own is not None and abs(stated["value"] - own) > 2e-9):
        problems.append(f"{row['key']}: {name} is {stated['value']}, the readings give {own}")
    if mean_value is not None and stated["verdict"] in {COMPLIES, EXCEEDS}:
        limit = stated["limit"]
        low, high = limit if isinstance(limit, list) else (None, limit)
        tested = [hour[n] for hour, _ in counted for n in (1, 2)] if name == "ph" else [mean_value]
        inside = all((low is None or value >= Fraction(str(low))) and value <= Fraction(str(high)) for value in tested)
        if inside != (stated["verdict"] == COMPLIES):
            problems.append(f"{row['key']}: {name} is said to be {stated['verdict']}, the readings say otherwise")
    return problems


def judge_month(row, days):
    """Return what an outlet's longer period says otherwise than its days."""
    first, last = (day.isoformat() for day in days_of(row["period"]))
    own = [day for day in days if first <= day["period"] <= last]
    problems = []
    for field in ("complied_m3", "exceeded_m3", "unknown_m3", "flow_m3"):
        total = sum(day[field] or 0 for day in own)
        if row[field] is not None and abs(total - row[field]) > 1e-3:
            problems.append(f"{row['key']}: {field} is {row[field]}, the days give {total}")
    for name, verdict in (("complied", COMPLIES), ("exceeded", EXCEEDS)):
        count = sum(day["verdict"] == verdict for day in own)
        if row["days"][name] != count:
            problems.append(f"{row['key']}: {row['days'][name]} days {name}, the days give {count}")
    return problems


# a city's rate


def judge_rate(row, months, stations):
    """Return what a city's rate says otherwise than the months of its stations."""
    if row["standard"] == "RATE-SEWAGE":
        return [], 0
    good = known = Fraction(0)
    for month in months:
        station = stations[month.get("station") or month.get("outlet")]
        if station["excluded"] or not station["counts"]:
            continue
        if "abstraction_m3" in month:
            volume = Fraction(str(month["abstraction_m3"] or 0))
            good += volume if month["verdict"] == COMPLIES else 0
            known += volume if month["verdict"] in {COMPLIES, EXCEEDS} else 0
        else:
            good += Fraction(str(month["complied_m3"] or 0))
            known += Fraction(str(month["complied_m3"] or 0)) + Fraction(str(month["exceeded_m3"] or 0))
    pairs = (("numerator", good), ("denominator", known))
    return [
        f"{row['key']}: {field} is {row[field]}, the months give {float(own)}"
        for field, own in pairs
        if abs(row[field] - own) > 1e-3
    ], 1


def main(path):
    """Verify an archive; return the exit code."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    problems = []
    for name, stated in json.loads(content["sha256.json"]).items():
        if hashlib.sha256(content.get(name, b"")).hexdigest() != stated:
            problems.append(f"{name}: its bytes are not those that were exported")
    readings = list(csv.DictReader(io.StringIO(content["readings.csv"].decode("utf-8"))))
    rows, laws, stations = (json.loads(content[f"{name}.json"]) for name in ("rows", "law", "network"))
    counting, known, left = current_rows(readings), 0, 0
    for row in rows["water"]:
        found, number = judge_water(row, counting, laws[row["standard"]], stations[row["station"]])
        problems, known = problems + found, known + number
    for row in rows["days"]:
        found, number, more = judge_outlet(row, counting, laws[row["standard"]], stations[row["outlet"]])
        problems, known, left = problems + found, known + number, left + more
    for row in rows["longer"]:
        problems += judge_month(row, rows["days"])
        known += 1
    for row in rows["rates"]:
        found, number = judge_rate(row, rows["months"], stations)
        problems, known = problems + found, known + number
    for problem in problems:
        print(problem)  # noqa: T201 - the script's output
    said = "DIFFERENT" if problems else "all agree"
    print(f"{len(readings)} readings; {known} items and sums recomputed, {left} not: {said}")  # noqa: T201 - the script's output
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
