"""Recompute a verdict from the readings beside it.

Needs Python 3.11 and nothing else: `python -I verify.py EVIDENCE.zip`. Reads the members of the archive,
checks their SHA-256, recomputes every day (and year) from readings.csv by law.json in exact fractions, and
compares with days.json and years.json. Exit code 0: all agree. Days and years under a law to compare with are
recomputed by verify_compared.py, which is read from the archive.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import importlib
import io
import json
import sys
import zipfile
from collections import defaultdict
from fractions import Fraction

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
LAW_OFFSET_MS = 8 * HOUR_MS

exact_of = functools.cache(Fraction)  # the same few decimals stand in many rows


def round_half_even(value, digits):
    """Return a fraction as an integer of the last digit, rounded half to even (GB/T 8170)."""
    return round(value * 10**digits)


def current_rows(rows, rules):
    """Return one row a cell: greatest grade, then revision, then a valid one, then value."""
    best = {}
    for row in rows:
        row["exact"], low_high = exact_of(row["canonical"]), rules["possible"].get(row["parameter"])
        possible = low_high is None or exact_of(low_high[0]) <= row["exact"] <= exact_of(low_high[1])
        row["valid"] = possible and row["invalid"] == "0"
        cell = (row["station"], row["parameter"], row["statistic"], row["period"], row["start"])
        rank = (int(row["grade"]), int(row["revision"]), row["valid"], row["exact"])
        if cell not in best or rank > best[cell][0]:
            best[cell] = (rank, row)
    return [row for _, row in best.values()]


def hours_of(rows, rules):
    """Return {(station, parameter): {hour number: exact value or None}} in canonical units."""
    whole, finer = defaultdict(dict), defaultdict(list)
    for row in current_rows(rows, rules):
        channel, start, period = (row["station"], row["parameter"]), int(row["start"]), int(row["period"])
        value = row["exact"] if row["valid"] else None
        hour, begin = divmod(start, HOUR_MS)
        if period == 3600 and begin == 0:
            if hour not in whole[channel] or row["statistic"] == "MEAN":
                whole[channel][hour] = value
        elif period < 3600:
            seconds = min(period or rules["interval"].get("/".join(channel), 3600), 3600)
            finer[channel, hour].append((value, begin, 1000 * seconds, period == 0))
    for (channel, hour), parts in finer.items():
        whole[channel].setdefault(hour, hour_of(parts, rules["min_minutes"][channel[1]]))
    return whole


def hour_of(parts, min_minutes):
    """Return the mean of finer readings, or None where they cover too little of the hour.

    Parts are (value or None, ms after the hour's beginning, ms, instantaneous): a mean counts within the hour;
    what an instantaneous reading stands for beyond the hour's end covers its beginning.
    """
    spans, total, time = [], 0, 0
    for value, begin, length, instantaneous in parts:
        if value is None:
            continue
        beyond = max(begin + length - HOUR_MS, 0)
        spans += [(begin, begin + length - beyond), (0, beyond if instantaneous else 0)]
        weight = length if instantaneous else length - beyond
        total, time = total + value * weight, time + weight
    covered = reach = 0
    for begin, end in sorted(spans):
        covered, reach = covered + max(0, end - max(begin, reach)), max(reach, end)
    if not covered or covered < min_minutes * 60_000:
        return None
    return Fraction(round(total / time * 10**4), 10**4)


def day_value(hours, rule, limit, digits):
    """Return the exact value of a station's day, or None where too little is valid."""
    if rule["kind"] == "mean":
        known = [value for value in hours if value is not None]
        return sum(known, Fraction(0)) / len(known) if len(known) >= rule["min_hours"] else None
    means = []
    for end in range(rule["first_end"], rule["last_end"] + 1):
        known = [value for value in hours[end - rule["window"] : end] if value is not None]
        if len(known) >= rule["min_hours"]:
            means.append(sum(known, Fraction(0)) / len(known))
    if not means:
        return None
    best = max(means)
    beyond = rule["exceeding_counts"] and round_half_even(best, digits) > limit * 10**digits
    return best if len(means) >= rule["min_windows"] or beyond else None


def sub_index(column, levels, value, digits):
    """Return the sub-index of a rounded value: linear between the nodes, carried up; None where there is none."""
    concentration, nodes = Fraction(value, 10**digits), [Fraction(node) for node in column["nodes"]]
    if concentration > nodes[-1]:
        return column["cap"]
    if concentration <= nodes[0]:
        return levels[0]
    upper = next(i for i, node in enumerate(nodes) if concentration <= node)
    share = (concentration - nodes[upper - 1]) / (nodes[upper] - nodes[upper - 1])
    exact = levels[upper - 1] + share * (levels[upper] - levels[upper - 1])
    return -(-exact.numerator // exact.denominator)


def judge(values, peaks, law, left_out):
    """Return (aqi, primary, level, verdict) of rounded values by parameter."""
    index = law["index"]
    iaqi, complete, exceeds = {}, True, False
    for number, name in enumerate(law["parameters"]):
        value, digits = values[name], law["digits"][number]
        if value is None:
            complete &= name in left_out
            continue
        exceeds |= Fraction(value, 10**digits) > Fraction(law["day_limit"][number])
        column = index["day"][number]
        other = column["other"] if value > Fraction(column["nodes"][-1]) * 10**digits else None
        if other is not None and peaks is not None and peaks[name] is not None:
            iaqi[name] = sub_index(other, index["levels"], round_half_even(peaks[name], digits), digits)
        else:
            iaqi[name] = sub_index(column, index["levels"], value, digits)
    greatest = max((value for value in iaqi.values() if value is not None), default=None)
    complete &= greatest is not None
    above = index["incomplete_day_above"]
    published = complete or (greatest is not None and above is not None and greatest > above)
    aqi = greatest if published else None
    named = aqi is not None and aqi > index["primary_above"]
    primary = [name for name in law["parameters"] if named and iaqi.get(name) == aqi]
    level = None if aqi is None else 1 + sum(aqi > top for top in index["class_tops"])
    verdict = "EXCEEDS" if exceeds else "COMPLIES" if complete else "NOT_ASSESSABLE"
    return aqi, primary, level, verdict


def recompute(day, hours, laws, network):
    """Return the row of a day as recomputed: values, aqi, primary, level, verdict."""
    start = (day["day_number"] * DAY_MS - LAW_OFFSET_MS) // HOUR_MS
    standard = day["standard"]
    lenient = laws[f"{standard}/II"]

    def exact(station, name, law):
        number = law["parameters"].index(name)
        own = hours.get((station, name), {})
        series = [own.get(start + hour) for hour in range(24)]
        limit = Fraction(law["day_limit"][number])
        return day_value(series, law["day_rule"][number], limit, law["digits"][number]), series

    if day["station"] is not None:
        station = network["stations"][day["station"]]
        law = laws[f"{standard}/{station['zone_class']}"]
        values, peaks = {}, {}
        for number, name in enumerate(law["parameters"]):
            value, series = exact(day["station"], name, law)
            values[name] = None if value is None else round_half_even(value, law["digits"][number])
            peaks[name] = max((v for v in series if v is not None), default=None)
        return values, judge(values, peaks, law, station["not_monitored"]), law
    values = {}
    members = [name for name in network["by_day"][day["date"]] if network["stations"][name]["assessed"]]
    rule = lenient["city"]
    for number, name in enumerate(lenient["parameters"]):
        known = [value for station in members if (value := exact(station, name, lenient)[0]) is not None]
        share = Fraction(rule["min_share"] if len(members) >= rule["small_below"] else rule["small_min_share"])
        enough = known and len(known) >= share * len(members)
        values[name] = (
            round_half_even(sum(known, Fraction(0)) / len(known), lenient["digits"][number]) if enough else None
        )
    return values, judge(values, None, lenient, []), lenient


def differences(day, hours, laws, network):
    """Return what a day's row says otherwise than the readings."""
    if day["standard"] is None:
        return []
    values, (aqi, primary, level, verdict), law = recompute(day, hours, laws, network)
    digits = dict(zip(law["parameters"], law["digits"], strict=True))
    stated = {n: None if v is None else round(Fraction(str(v)) * 10 ** digits[n]) for n, v in day["values"].items()}
    found = {"values": values, "aqi": aqi, "primary": primary, "level": level, "verdict": verdict}
    said = {"values": stated, **{name: day[name] for name in ("aqi", "primary", "level", "verdict")}}
    return [f"{day['key']}: {n} is {said[n]}, the readings give {found[n]}" for n in found if said[n] != found[n]]


def year_differences(year, days):
    """Return what a year's row says otherwise than its days."""
    own = [day for day in days if day["station"] == year["station"] and day["date"].startswith(str(year["year"]))]
    good = sum(day["verdict"] == "COMPLIES" for day in own)
    if good != year["good_days"]:
        return [f"{year['key']}: good_days is {year['good_days']}, the days give {good}"]
    return []


def main(path):
    """Verify an archive; return the exit code."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    problems = []
    for name, stated in json.loads(content["sha256.json"]).items():
        if hashlib.sha256(content.get(name, b"")).hexdigest() != stated:
            problems.append(f"{name}: its bytes are not those that were exported")
    rows = list(csv.DictReader(io.StringIO(content["readings.csv"].decode("utf-8"))))
    rules, laws, network, days, years = (
        json.loads(content[f"{name}.json"]) for name in ("rules", "law", "network", "days", "years")
    )
    hours = hours_of(rows, rules)
    if "verify_compared.py" in content:
        sys.path.insert(0, str(path))
        problems += importlib.import_module("verify_compared").check(hours, laws, network, days, years)
    else:
        for day in days:
            problems += differences(day, hours, laws, network)
        for year in years:
            problems += year_differences(year, days)
    for problem in problems:
        print(problem)  # noqa: T201 - the script's output
    print(f"{len(rows)} readings, {len(days)} days, {len(years)} years: " + ("DIFFERENT" if problems else "all agree"))  # noqa: T201 - the script's output
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
