"""Recompute days and years under a law to compare with: what verify.py asks where an archive has such a law.

Needs Python 3.11 and nothing else; verify.py reads it from the archive. Everything is an integer or a fraction: hours
are converted by the factors that law.json gives for their civil day, rounded once to `kept` decimals of the law's unit,
and taken together as each item's day asks. Years are recomputed with all the years that a form looks at.
"""

# ruff: noqa: ANN001, ANN201, ANN202, ANN204 - read by people who verify: short, and not part of the program
# mypy: ignore-errors

from __future__ import annotations

import calendar
import datetime as dt
from fractions import Fraction

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
LAW_OFFSET_MS = 8 * HOUR_MS
EPOCH = dt.date(1970, 1, 1)
UNKNOWN, COMPLIES, EXCEEDS = "NOT_ASSESSABLE", "COMPLIES", "EXCEEDS"
WORSE = (COMPLIES, UNKNOWN, EXCEEDS)
LONG = ("annual", "peak-season")
GREATEST = 2**15 - 1  # integer of a day's last digit that is kept: whatever is beyond it exceeds


def whole(numerator, denominator, rule):
    """Return a ratio as an integer; halves go to even, away from zero, or everything is cut off."""
    size, rest = divmod(abs(numerator), denominator)
    if rule == "half-even":
        size += 2 * rest > denominator or (2 * rest == denominator and size % 2 == 1)
    elif rule == "half-up":
        size += 2 * rest >= denominator
    return -size if numerator < 0 else size


def decimal(value, digits, rule):
    """Return a fraction rounded to so many decimals; -1 are tens."""
    step = Fraction(10) ** -digits
    steps = Fraction(value) / step
    return whole(steps.numerator, steps.denominator, rule) * step


class Law:
    """A law of law.json, and the hours of an archive as it takes them."""

    def __init__(self, content, hours):
        self.law, self.hours, self.series = content, hours, {}
        self.items = list(enumerate(content["items"]))
        self.limits = [self._limit(i) for i, _ in self.items]
        self.days = {}

    def _limit(self, i):
        """Return (limit, digits, rounding) of an item's day, or None."""
        if self.law["day_limit"][i] == "Infinity":
            return None
        for row in self.law["objectives"]:
            if row["item"] == i and row["period"] not in LONG:
                return Fraction(row["limit"]), min(row["digits"], self.law["digits"][i]), row["rounding"]
        return Fraction(self.law["day_limit"][i]), self.law["digits"][i], self.law["rounding"]

    def beyond(self, i, value):
        """Return whether a value in an item's last digit is beyond the limit of a day."""
        if value is None or self.limits[i] is None:
            return False
        limit, digits, rule = self.limits[i]
        return decimal(Fraction(value, 10 ** self.law["digits"][i]), digits, rule) > limit

    def converted(self, station, i):
        """Return {hour number: integer of 10**-kept of the law's unit} of a station's valid hours."""
        if (station, i) not in self.series:
            kept, eras = 10 ** self.law["kept"][i], []
            for era in self.law["factors"]:
                start = (dt.date.fromisoformat(era["since"]) - EPOCH).days
                eras.append((start, Fraction(era["factor"][i])))
            found = {}
            for hour, value in self.hours.get((station, self.law["parameters"][i]), {}).items():
                if value is None:
                    continue
                day = (hour * HOUR_MS + LAW_OFFSET_MS) // DAY_MS
                factor = next(own for start, own in reversed(eras) if start <= day)
                numerator = value.numerator * factor.numerator * kept
                found[hour] = whole(numerator, value.denominator * factor.denominator, "half-even")
            self.series[station, i] = found
        return self.series[station, i]

    def rounded(self, i, numerator, denominator):
        """Return a value in an item's last digit."""
        up, down = 10 ** self.law["digits"][i], 10 ** self.law["kept"][i]
        return max(-GREATEST, min(GREATEST, whole(numerator * up, denominator * down, self.law["rounding"])))

    def day(self, station, i, day):
        """Return an item of a station's day as a dict; `value` is None where too little is valid."""
        if (station, i, day) in self.days:
            return self.days[station, i, day]
        rule, own = self.law["day_rule"][i], self.converted(station, i)
        midnight = (day * DAY_MS - LAW_OFFSET_MS) // HOUR_MS
        first = midnight + rule["begin"]
        hours = [own.get(hour) for hour in range(first, first + rule["hours"])]
        known = [value for value in hours if value is not None]
        exact, valid, windows = None, False, 0
        if rule["kind"] == "mean" and known:
            exact, valid = (sum(known), len(known)), len(known) >= rule["min_hours"]
        elif rule["kind"] == "max" and known:
            exact, valid = (max(known), 1), len(known) >= rule["min_hours"]
        elif rule["kind"] == "max-running":
            for end in range(rule["first_end"], rule["last_end"] + 1):
                part = [value for value in hours[end - rule["window"] : end] if value is not None]
                if len(part) >= rule["min_hours"]:
                    windows += 1
                    better = exact is None or sum(part) * exact[1] > exact[0] * len(part)
                    exact = (sum(part), len(part)) if better else exact
            valid = windows >= rule["min_windows"]
        value = None if exact is None else self.rounded(i, *exact)
        valid = exact is not None and (valid or (rule["exceeding_counts"] and self.beyond(i, value)))
        over = 0
        if rule["kind"] == "max":
            over = sum(self.beyond(i, self.rounded(i, hour, 1)) for hour in known)
        counted = known
        if rule["hours"] > 24:
            counted = [own[hour] for hour in range(midnight, midnight + 24) if hour in own]
        found = {"value": value if valid else None, "exact": exact if valid else None, "hours": len(known),
                 "windows": windows, "over": over, "sum": sum(counted), "count": len(counted)}  # fmt: skip
        self.days[station, i, day] = found
        return found

    def city_day(self, members, i, day):
        """Return an item of a city's day: of the highest station, or the mean of the stations before rounding."""
        own = [self.day(station, i, day) for station in members]
        known = [one for one in own if one["value"] is not None]
        rule = self.law["city"]
        share = Fraction(rule["min_share"] if len(members) >= rule["small_below"] else rule["small_min_share"])
        enough, value = bool(known) and len(known) >= share * len(members), None
        if known and rule["greatest"]:
            value = max(one["value"] for one in known)
            value = value if enough or self.beyond(i, value) else None
        elif enough:
            total = sum(Fraction(*one["exact"]) for one in known) / len(known)
            value = self.rounded(i, total.numerator, total.denominator)
        over = max((one["over"] for one in own), default=0)
        if not rule["greatest"] and (value is None or not self.beyond(i, value)):
            over = 0  # a mean of stations that complies has no hour beyond
        return {
            "value": value,
            "hours": sum(one["hours"] for one in own),
            "windows": sum(one["windows"] for one in own),
            "over": over,
            "sum": 0,
            "count": sum(one["count"] for one in own) // max(1, len(own)),
        }

    def verdict(self, values, left_out):
        """Return (verdict, complete) of an entity's values by item."""
        limited = [i for i, _ in self.items if self.limits[i] is not None]
        complete = all(values[i] is not None or self.law["parameters"][i] in left_out for i in limited)
        complete &= any(values[i] is not None for i in limited)
        if any(self.beyond(i, values[i]) for i in limited):
            return EXCEEDS, complete
        return (COMPLIES if complete else UNKNOWN), complete


# the index


def sub_index(index, column, value):
    """Return the sub-index of a value in a column's last digit; None where it has none."""
    unit = 10 ** column["digits"]
    nodes, low = ([int(Fraction(node) * unit) for node in column[name]] for name in ("nodes", "low"))
    tops, bottoms = index["levels"][column["first"] :], index["level_low"][column["first"] :]
    bands = list(zip(low, nodes, bottoms, tops, strict=False))
    if not low:
        bands = list(zip(nodes, nodes[1:], tops, tops[1:], strict=False))
    over = column["over"]
    if value > nodes[-1]:
        return min(on_line(index, bands[-1], value), index["maximum"]) if over["extend"] else over["cap"]
    if value < bands[0][0] and column["first"]:
        return None
    band = next(band for band in bands if value <= band[1])
    return on_line(index, band, max(value, band[0]))


def on_line(index, band, value):
    """Return the index on a band's line, carried up or to the nearest, halves up."""
    low, high, bottom, top = band
    exact = bottom + Fraction((top - bottom) * (value - low), high - low)
    if index["rounding"] == "up":
        return -(-exact.numerator // exact.denominator)
    return whole(exact.numerator, exact.denominator, "half-up")


def index_of(law, values, left_out, names):
    """Return (sub-indexes by parameter, aqi, primary, level) of values by item."""
    index, own = law["index"], dict.fromkeys(names)
    if index is None:
        return own, None, None, None
    columns = {column["name"]: column for column in index["extra"]}
    complete = True
    for column in index["day"]:
        i = law["items"].index(column["name"])
        value, name = values[i], law["parameters"][i]
        if value is None:
            complete &= name in left_out
            continue
        found, other = sub_index(index, column, value), column["over"]["column"]
        if other in law["items"] and value > Fraction(column["nodes"][-1]) * 10 ** column["digits"]:
            second = values[law["items"].index(other)]
            instead = None if second is None else sub_index(index, columns[other], second)
            found = found if instead is None else instead
        if found is not None:
            own[name] = max(found, own[name] or 0)
    greatest = max((value for value in own.values() if value is not None), default=None)
    above = index["incomplete_day_above"]
    published = greatest is not None and (complete or (above is not None and greatest > above))
    aqi = greatest if published else None
    primary = [name for name in names if aqi is not None and aqi > index["primary_above"] and own[name] == aqi]
    level = None if aqi is None else 1 + sum(aqi > top for top in index["class_tops"])
    return own, aqi, primary, level


# days


def day_differences(row, laws, network):
    """Return what a day's row says otherwise than the readings."""
    law, day, left_out = laws[row["standard"], "II"], row["day_number"], ()
    if row["station"] is None:
        members = [name for name in network["by_day"][row["date"]] if network["stations"][name]["assessed"]]
        items = [law.city_day(members, i, day) for i, _ in law.items]
    else:
        station = network["stations"][row["station"]]
        law, left_out = laws[row["standard"], station["zone_class"]], station["not_monitored"]
        items = [law.day(row["station"], i, day) for i, _ in law.items]
    values, names = [item["value"] for item in items], list(row["values"])
    own, aqi, primary, level = index_of(law.law, values, left_out, names)
    found = {"iaqi": own, "aqi": aqi, "primary": primary, "level": level, "verdict": law.verdict(values, left_out)[0]}
    found["values"] = dict.fromkeys(names)
    for i, _ in reversed(law.items):
        found["values"][law.law["parameters"][i]] = shown(law, i, values[i])
    problems = [f"{row['key']}: {name} is {row[name]}, the readings give {own}"
                for name, own in found.items() if row[name] != own]  # fmt: skip
    for i, name in law.items:
        problems += item_differences(row, name, statistic(law, i, items[i]))
    return problems


def statistic(law, i, item):
    """Return an item as a row tells it."""
    limit = law.limits[i]
    verdict = UNKNOWN if item["value"] is None else EXCEEDS if law.beyond(i, item["value"]) else COMPLIES
    found = {"value": shown(law, i, item["value"]), "verdict": verdict if limit else None, "valid": item["hours"]}
    found["limit"] = None if limit is None else float(Fraction(law.law["day_limit"][i]))
    if limit is not None and law.law["items"][i].endswith(":1h"):
        found["hours_above"] = item["over"]
    return found


def item_differences(row, name, found):
    """Return what a row says of an item otherwise than the readings."""
    stated = {**row["statistics"][name], "valid": row["statistics"][name]["coverage"]["valid"]}
    return [f"{row['key']}: {name} {field} is {stated[field]}, the readings give {own}"
            for field, own in found.items() if stated[field] != own]  # fmt: skip


def shown(law, i, value):
    """Return a value in an item's last digit as the number that a row has."""
    return None if value is None else float(Fraction(value, 10 ** law.law["digits"][i]))


# years


class Year:
    """One calendar year of a station or a city: by item and day the value, hours beyond, sum and count of hours."""

    def __init__(self, law, year, network, station):
        self.law, self.year = law, year
        first, self.lengths = dt.date(year, 1, 1), [calendar.monthrange(year, month)[1] for month in range(1, 13)]
        self.verdicts, self.complete, rows = [], [], []
        left_out = () if station is None else network["stations"][station]["not_monitored"]
        for n in range(sum(self.lengths)):
            date = first + dt.timedelta(days=n)
            there, day = network["by_day"].get(date.isoformat(), []), (date - EPOCH).days
            if station is None:
                members = [name for name in there if network["stations"][name]["assessed"]]
                rows.append([law.city_day(members, i, day) for i, _ in law.items])
            elif station in there:
                rows.append([law.day(station, i, day) for i, _ in law.items])
            else:
                rows.append([{"value": None, "over": 0, "sum": 0, "count": 0} for _ in law.items])
            verdict, complete = law.verdict([item["value"] for item in rows[-1]], left_out)
            self.verdicts.append(verdict)
            self.complete.append(complete)
        self.items = [{name: [row[i][name] for row in rows] for name in ("value", "over", "sum", "count")}
                      for i, _ in law.items]  # fmt: skip

    def monthly(self, amounts):
        """Return the sums of each month."""
        ends = [sum(self.lengths[: month + 1]) for month in range(12)]
        return [sum(amounts[end - length : end]) for end, length in zip(ends, self.lengths, strict=True)]


def parts_of(months, parts):
    """Return the sums of each part of a year: twelve, four or one."""
    size = 12 // parts
    return [sum(months[at : at + size]) for at in range(0, 12, size)]


def year_statistic(law, row, year):
    """Return (value, least, capture, enough) of a year under an objective."""
    if year is None:
        return None, Fraction(0), Fraction(0), False
    form, item, places = row["form"], year.items[row["item"]], law.law["digits"][row["item"]]
    hourly = row["period"] == "1h" if form["kind"] == "exceedances" else (form["kind"], form["of"]) == ("mean", "hours")
    days = year.monthly([value is not None for value in item["value"]])
    periods = year.monthly(item["count"]) if hourly else days
    expected = [length * (24 if hourly else 1) for length in year.lengths]
    parts = 12 if form["kind"] == "peak-season" else 4 if form["by_quarter"] else 1
    pairs = zip(parts_of(periods, parts), parts_of(expected, parts), strict=True)
    shares = [Fraction(one, of) for one, of in pairs]
    needed = None if form["capture"] is None else Fraction(form["capture"])
    good = [share > 0 if needed is None else share >= needed for share in shares]
    value, least = form_value(law, row, year, (places, periods, expected, good, hourly))
    enough = value is not None and all(good)
    if form["of"] == "quarters" or form["expected"]:
        enough &= all(parts_of(periods, 4))
    rule = row["days"]
    if rule is not None:
        least_of = [rule["min_february_days"] if month == 1 else rule["min_month_days"] for month in range(12)]
        enough &= sum(days) >= rule["min_days"] and all(own >= n for own, n in zip(days, least_of, strict=True))
    return value, least, min(shares), enough


def form_value(law, row, year, known):
    """Return what a year comes to by the data that there are, and what it is at least whatever is missing."""
    places, periods, _, good, _ = known
    form, item, none = row["form"], year.items[row["item"]], Fraction(0)
    if form["kind"] == "mean":
        return mean_value(law, row, year, known), none
    if form["kind"] == "exceedances":
        return counted(row, year, known)
    if form["kind"] == "peak-season":
        totals = year.monthly([value or 0 for value in item["value"]])
        seasons = [range(at, at + 6) for at in range(7)]
        means = [Fraction(sum(totals[m] for m in season), sum(periods[m] for m in season) * 10**places)
                 for season in seasons if all(good[m] for m in season)]  # fmt: skip
        best = max(means, default=None)
        return best, best or none
    value = ranked(sorted(value for value in item["value"] if value is not None), form)
    least = ranked(sorted(own or 0 for own in item["value"]), form)
    if value is None:
        return None, none
    return value / 10**places, none if least is None else least / 10**places


def mean_value(law, row, year, known):
    """Return a year's mean: of its hours, of its days, or of the means of its quarters."""
    places, periods, _, _, _ = known
    form, i, item = row["form"], row["item"], year.items[row["item"]]
    if form["of"] == "hours":
        total, count = sum(item["sum"]), sum(item["count"])
        return Fraction(total, count * 10 ** law.law["kept"][i]) if count else None
    parts = 4 if form["of"] == "quarters" else 1
    totals = parts_of(year.monthly([value or 0 for value in item["value"]]), parts)
    means = [Fraction(one, of * 10**places) for one, of in zip(totals, parts_of(periods, parts), strict=True) if of]
    return sum(means, Fraction(0)) / len(means) if means else None


def counted(row, year, known):
    """Return the days or hours beyond a limit, scaled up for missing days where the form says so; and those known."""
    places, periods, expected, _, hourly = known
    item = year.items[row["item"]]
    beyond = year.monthly(item["over"] if hourly else [over_limit(row, value, places) for value in item["value"]])
    count = Fraction(sum(beyond))
    if not any(periods):
        return None, count
    if not row["form"]["expected"]:
        return count, count
    quarters = zip(*(parts_of(one, 4) for one in (beyond, expected, periods)), strict=True)
    scaled = (decimal(Fraction(n * of, has), 2, "half-up") for n, of, has in quarters if has)
    return sum(scaled, Fraction(0)), count


def over_limit(row, value, places):
    """Return whether a day is beyond the limit of an objective, rounded as it says."""
    if value is None:
        return False
    return decimal(Fraction(value, 10**places), min(row["digits"], places), row["rounding"]) > Fraction(row["limit"])


def ranked(ordered, form):
    """Return the n-th highest or the percentile of ascending values; None where they are too few."""
    count = len(ordered)
    if form["kind"] == "highest":
        return Fraction(ordered[-form["nth"]]) if count >= form["nth"] else None
    if not count:
        return None
    if form["method"] == "rank":
        return Fraction(ordered[min(count * form["percent"] // 100, count - 1)])
    at, rest = divmod((count - 1) * form["percent"], 100)
    return ordered[at] + Fraction((ordered[min(at + 1, count - 1)] - ordered[at]) * rest, 100)


def outcome(law, row, years):
    """Return what an objective came to over its years, of which the last is the one that is asked for."""
    form = row["form"]
    found = [year_statistic(law, row, year) for year in years[-form["years"] :]]
    valid = [value for value, _, _, enough in found if enough and value is not None]
    fewest = form["years"] if form["years_at_least"] is None else form["years_at_least"]
    value = compared(row, sum(valid, Fraction(0)) / len(valid)) if len(valid) >= fewest and found[-1][3] else None
    least = compared(row, sum((one[1] for one in found), Fraction(0)) / form["years"])
    counts = form["kind"] == "exceedances"
    limit = Fraction(form["allowed"] if counts else row["limit"])
    met = [] if counts or value is None or value <= limit else [
        (Fraction(own), name) for name, own in row["interim"] if value <= Fraction(own)
    ]  # fmt: skip
    at_least = least > limit and (value is None or value <= limit)
    value = least if at_least else value
    last = found[-1]
    return {
        "value": value,
        "at_least": at_least,
        "year_value": None if last[0] is None else compared(row, last[0]),
        "exceedances": last[0] if counts else None,
        "years_valid": len(valid),
        "capture": last[2],
        "interim": min(met)[1] if met else None,
        "verdict": UNKNOWN if value is None else COMPLIES if value <= limit else EXCEEDS,
    }


def compared(row, value):
    """Return a statistic as it is held against the limit; counts of several years to a tenth."""
    if row["form"]["kind"] == "exceedances":
        return value if value.denominator == 1 else decimal(value, 1, "half-up")
    return decimal(value, row["digits"], row["rounding"])


def badness(found):
    """Return what orders the outcomes of stations: the last one is the city's."""
    values = [(found[name] is not None, found[name] or 0) for name in ("value", "year_value")]
    return (WORSE.index(found["verdict"]), *values)


def held(row, laws, network, years):
    """Return (law, the last year, [(outcome, station)] of each objective) of a year's row; `years` gives them."""
    law, needed = laws[row["standard"], "II"], range(row["year"] - 2, row["year"] + 1)
    if row["station"] is not None:
        law = laws[row["standard"], network["stations"][row["station"]]["zone_class"]]
    objectives = law.law["objectives"]

    def span(station):
        return [years(law, station, number) for number in needed]

    own = years(law, row["station"], row["year"])
    last = network["years"].get(str(row["year"]), [])
    known = [name for name, one in network["stations"].items() if one["assessed"] and name in last]
    if row["station"] is not None or not law.law["city"]["greatest"] or own is None or not known:
        return law, own, [(outcome(law, one, span(row["station"])), None) for one in objectives]
    spans, found = {name: span(name) for name in known}, []
    for one in objectives:
        measuring = [name for name in known if any(spans[name][-1].items[one["item"]]["count"])]
        pairs = [(outcome(law, one, spans[name]), name) for name in measuring or known]
        found.append(max(pairs, key=lambda pair: badness(pair[0])))
    return law, own, found


def year_differences(row, laws, network, years):
    """Return what a year's row says otherwise than the readings."""
    law, last, found = held(row, laws, network, years)
    problems, by_parameter = [], {}
    for stated, objective, (one, station) in zip(row["objectives"], law.law["objectives"], found, strict=True):
        name = f"{row['key']}: {stated['item']} {stated['period']}"
        given = {**one, "capture": float(one["capture"]), "station": station}
        for field, value in given.items():
            number = float(value) if isinstance(value, Fraction) else value
            if stated[field] != number:
                problems.append(f"{name} {field} is {stated[field]}, the readings give {number}")
        if objective["form"]["binding"]:
            parameter = law.law["parameters"][objective["item"]]
            by_parameter.setdefault(parameter, []).append(one["verdict"])
    worst = {name: max(verdicts, key=WORSE.index) for name, verdicts in by_parameter.items()}
    attainment = max(worst.values(), key=WORSE.index, default=UNKNOWN)
    verdicts, complete = ([], []) if last is None else (last.verdicts, last.complete)
    both = [done and verdict == EXCEEDS for verdict, done in zip(verdicts, complete, strict=True)]
    counts = {
        "attainment": attainment,
        "good_days": verdicts.count(COMPLIES),
        "valid_days": sum(complete),
        "exceeding_days": sum(both),
    }
    problems += [f"{row['key']}: {name} is {row[name]}, the readings give {value}"
                 for name, value in counts.items() if row[name] != value]  # fmt: skip
    problems += [f"{row['key']}: {name} is {one['verdict']}, the readings give {worst.get(name)}"
                 for name, one in row["parameters"].items() if one["verdict"] != worst.get(name)]  # fmt: skip
    return problems


def check(hours, contents, network, days, years):
    """Return what the rows of an archive say otherwise than its readings.

    `hours` are {(station, parameter): {hour number: exact value or None}} in canonical units.
    """
    laws = {tuple(name.split("/")): Law(content, hours) for name, content in contents.items()}
    known, problems = {}, []

    def year_of(law, station, number):
        if str(number) not in network["years"]:
            return None
        place = law.law["standard"], law.law["grade"], station, number
        if place not in known:
            known[place] = Year(law, number, network, station)
        return known[place]

    for row in days:
        problems += day_differences(row, laws, network)
    for row in years:
        problems += year_differences(row, laws, network, year_of)
    return problems
