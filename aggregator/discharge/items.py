"""One item's days: as its instruments give them, else as a laboratory does, each against its limits. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from math import log, prod

import numpy as np

from aggregator.acidity import ion_mean
from aggregator.discharge.effective import (
    Flows,
    Sums,
    Weights,
    counted,
    due_of,
    enough,
    hours_counted,
    in_slots,
    sums_of,
)
from aggregator.discharge.hours import VOLUME_DECIMALS, Hours
from aggregator.discharge.laws import Ends, Segment, share_of
from aggregator.discharge.limits import COMPLIES, EXCEEDS, UNJUDGED, UNKNOWN, Limits, outside, settled, where, worst
from aggregator.discharge.plan import FLOW, HOUR_S, HOURS, PH
from aggregator.discharge.readings import ENDLESS, HALF, TABLE
from aggregator.discharge.samples import Place, Sample, made_day
from aggregator.rounding import half_even
from qualicity.canonical import NO_VALUE, WATER_DECIMALS
from qualicity.model import Column
from qualicity.standards.schema_water import ValidityTable

_PH_STEP = 10 ** (WATER_DECIMALS - 2)
"""A mean of pH is shown with two decimals."""

_UNIT: int = 10**WATER_DECIMALS
_LITRES = 1000 * 10**WATER_DECIMALS // 10**VOLUME_DECIMALS  # from ten decimals of a m3 to nine of a litre
_LN_10 = log(10.0)
_GEOMETRIC = Context(prec=40)

Day = tuple[int, int]
"""Station, day."""


@dataclass
class Item:
    """One parameter's days: arrays (S, D), values of nine decimals, `NO_VALUE` = none.

    Attributes:
        mean: the effective mean.
        least, most: of the readings in the hours that count.
        due, observed, valid: values of the day.
        load: kg.
        verdict: EXCEEDS, COMPLIES, UNKNOWN or UNJUDGED.
        limits: that were applied.
        removable: days above a limit in whose place a removal may stand.
        stricter: days whose limit hangs on a temperature that is not known.
        laboratory: days that samples made.
        tabled, halved: how many readings a table's substitute stands for, and half a detection limit.
    """

    mean: Column
    least: Column
    most: Column
    due: Column
    observed: Column
    valid: Column
    load: Column
    verdict: Column
    limits: Limits
    removable: Column
    stricter: Column
    laboratory: Column
    tabled: Column
    halved: Column


class Items:
    """What the items of outlets are judged from.

    Args:
        hours: of the outlets.
        flows: of the same days.
        laws: by outlet.
        validity: of all of these laws.
        samples: of laboratories.
    """

    def __init__(
        self,
        hours: Hours,
        flows: Flows,
        laws: Sequence[Sequence[Segment]],
        validity: ValidityTable,
        samples: Mapping[Place, Sequence[Sample]],
    ) -> None:
        self.hours, self.flows, self.laws = hours, flows, laws
        self.validity, self.samples = validity, samples
        self.plan, self.share = hours.plan, share_of(validity)
        self._weights = Weights.of(hours, flows) if self.plan.has_flow().any() else None

    def item(self, p: int, cold: Column) -> Item:
        """Return a parameter's days; `cold` (S, D): 1 cold water, 0 not, -1 not known."""
        name, days = self.plan.parameters[p], self.hours.days
        if name == FLOW:
            return self._flow(p, cold)
        limits = Limits.of(self.laws, name, cold)
        absent = where(self.laws, name, days, lambda rule: rule.absent)
        valid = counted(self.hours, self.flows, p, still_counts=not self.validity.zero_flow_invalid)
        sums = self._sums(p, self.hours.value[:, :, p], valid, limits)
        due = due_of(self.hours, self.flows, p)
        effective = enough(sums.count, due, self.share)
        none = np.full(due.shape, NO_VALUE)
        least, most = self._ends(p, valid) if name == PH or limits.asked_each.any() else (none, none.copy())
        item = Item(
            mean=np.where(effective, self._hydrogen(p, valid) if name == PH else sums.means(), NO_VALUE),
            least=least,
            most=most,
            due=np.where(self.plan.values_a_day[:, p, None] > 0, due, self.validity.manual_at_least),
            observed=in_slots(self.hours.observed[:, :, p], self.plan.values_a_day[:, p]),
            valid=sums.count,
            load=none,
            verdict=np.full(due.shape, UNJUDGED, np.int8),
            limits=limits,
            **_nothing_odd(due.shape),
        )
        by_mean = np.where(effective, np.where(outside(sums, limits), EXCEEDS, COMPLIES), UNKNOWN)
        by_each = np.where(self._beyond(item), EXCEEDS, np.where(effective, COMPLIES, UNKNOWN))
        odd = self._odd_hours(p, item, valid)
        if self.plan.weighted(name):
            carried = self._carried(p, valid, limits) if item.halved.any() else sums
            item.load = np.where(effective & self.plan.has_flow()[:, None], carried.loads(), NO_VALUE)
        if odd is not None:
            low, high, hangs = odd
            if (questioned := hangs & effective & limits.asked).any():
                by_mean = np.where(questioned, self._settled(p, valid, low, high, limits), by_mean)
            if (doubtful := hangs & limits.asked_each).any():
                effectively = np.where(effective, COMPLIES, UNKNOWN)
                by_each = np.where(doubtful, self._each_settled(valid, low, high, limits, effectively), by_each)
        if absent.any():
            found = (valid & ((self.hours.value[:, :, p] if odd is None else odd[0]) > 0)).any(axis=2)
            by_mean = np.where(absent, np.where(found, EXCEEDS, np.where(effective, COMPLIES, UNKNOWN)), by_mean)
        self._geometric(p, item, by_mean, valid)
        asked = limits.asked | absent
        item.verdict = worst(np.where(asked, by_mean, UNJUDGED), np.where(limits.asked_each, by_each, UNJUDGED))
        self._laboratory(p, item, absent)
        self._removal(p, item)
        self._stricter(p, item, cold)
        return item

    def _sums(self, p: int, value: Column, valid: Column, limits: Limits) -> Sums:
        weights = self._weights if self.plan.weighted(self.plan.parameters[p]) else None
        return sums_of(self.plan, p, value, valid, weights=weights, limits=limits.values)

    def _carried(self, p: int, valid: Column, limits: Limits) -> Sums:
        """Return the sums of what was discharged: what was not detected is none, unless a table's substitute stands."""
        odd, width = self.hours.odd, len(self.plan.parameters)
        chosen = np.flatnonzero((odd.cell // HOURS % width == p) & (odd.halved > 0))
        day, hour = np.divmod(odd.cell[chosen], HOURS)
        s, d = np.divmod(day // width, self.hours.days)
        value = self.hours.value[:, :, p].copy()
        value[s, d, hour] = np.where(value[s, d, hour] == NO_VALUE, NO_VALUE, odd.low[chosen])
        return self._sums(p, value, valid, limits)

    def _ends(self, p: int, valid: Column) -> tuple[Column, Column]:
        """Return the least and the greatest reading of days."""
        least = np.where(valid, self.hours.least[:, :, p], ENDLESS).min(axis=2)
        most = np.where(valid, self.hours.most[:, :, p], NO_VALUE).max(axis=2)
        return np.where(least == ENDLESS, NO_VALUE, least), most

    @staticmethod
    def _beyond(item: Item) -> Column:
        """Return the days with a value outside what every value must be."""
        beyond: Column = item.most != NO_VALUE
        beyond &= (item.least < item.limits.each_low) | (item.most > item.limits.each_high)
        return beyond

    def _hydrogen(self, p: int, valid: Column) -> Column:
        """Return the mean of pH of days by the ions' activity, two decimals, half to even."""
        value = np.where(valid, self.hours.value[:, :, p], 0) / _UNIT
        ions, count = (np.exp(value * -_LN_10) * valid).sum(axis=2), hours_counted(valid)
        result: Column = half_even(ion_mean(ions, count), _PH_STEP) * _PH_STEP
        return result

    def _flow(self, p: int, cold: Column) -> Item:
        """Return the flow's days: the mean of the hours whose volume is known, L/s."""
        flows, name = self.flows, self.plan.parameters[p]
        mean = half_even(flows.cubic * _LITRES, np.maximum(flows.known, 1) * HOUR_S)
        none = np.full(cold.shape, NO_VALUE)
        return Item(
            mean=np.where(flows.effective, mean, NO_VALUE),
            least=none,
            most=none,
            due=flows.due,
            observed=flows.observed,
            valid=flows.known,
            load=none,
            verdict=np.full(cold.shape, UNJUDGED, np.int8),
            limits=Limits.of([()] * len(self.laws), name, cold),
            **_nothing_odd(cold.shape),
        )

    # what was not measured as it stands

    def _odd_hours(self, p: int, item: Item, valid: Column) -> tuple[Column, Column, Column] | None:
        """Return the least and the most that hours may be (S, D, 24), and days whose verdict may hang on it (S, D).

        None where every hour that counts was measured. What stands for readings is noted with the days.
        """
        odd, width = self.hours.odd, len(self.plan.parameters)
        chosen = np.flatnonzero(odd.cell // HOURS % width == p)
        day, hour = np.divmod(odd.cell[chosen], HOURS)
        s, d = np.divmod(day // width, self.hours.days)
        counts = valid[s, d, hour]
        chosen, s, d, hour = chosen[counts], s[counts], d[counts], hour[counts]
        if not len(chosen):
            return None
        low, high = self.hours.value[:, :, p].copy(), self.hours.value[:, :, p].copy()
        low[s, d, hour], high[s, d, hour] = odd.low[chosen], odd.high[chosen]
        limits, hangs = item.limits, np.zeros(item.mean.shape, bool)
        above = odd.high[chosen] > np.minimum(limits.high, limits.each_high)[s, d]
        below = odd.low[chosen] < np.maximum(limits.low, limits.each_low)[s, d]
        unequal = odd.low[chosen] != odd.high[chosen]
        hangs[s, d] = False
        np.logical_or.at(hangs, (s, d), unequal & (above | below))
        np.add.at(item.tabled, (s, d), odd.tabled[chosen])
        np.add.at(item.halved, (s, d), odd.halved[chosen])
        return low, high, hangs

    def _settled(self, p: int, valid: Column, low: Column, high: Column, limits: Limits) -> Column:
        """Return verdicts of means that lie between two."""
        endless = valid & (high == ENDLESS)
        bounded = np.where(endless, low, high)
        least, most = (self._sums(p, value, valid, limits) for value in (low, bounded))
        return settled(least, most, endless.any(axis=2), limits)

    @staticmethod
    def _each_settled(valid: Column, low: Column, high: Column, limits: Limits, by_each: Column) -> Column:
        """Return verdicts of single values of which some lie between two."""
        top, bottom = limits.each_high[:, :, None], limits.each_low[:, :, None]
        sure = (valid & ((low > top) | (high < bottom))).any(axis=2)
        open_ = (valid & ((high > top) | (low < bottom))).any(axis=2)
        result: Column = np.where(sure, EXCEEDS, np.where(open_, UNKNOWN, by_each))
        return result

    def _geometric(self, p: int, item: Item, by_mean: Column, valid: Column) -> None:
        """Put geometric means, and their verdicts, in the place of the others where the law asks for them."""
        asked = where(self.laws, self.plan.parameters[p], self.hours.days, lambda rule: rule.geometric)
        for s, d in np.argwhere(asked & (item.mean != NO_VALUE)).tolist():
            own = self.hours.value[s, d, p][valid[s, d]].tolist()
            item.mean[s, d] = geometric_mean(own)
            by_mean[s, d] = _by_product(own, item.limits.ends(s, d))

    # laboratories

    def _laboratory(self, p: int, item: Item, absent: Column) -> None:
        """Judge days by samples where the instruments have no effective mean."""
        name = self.plan.parameters[p]
        geometric = where(self.laws, name, self.hours.days, lambda rule: rule.geometric)
        for (s, d, parameter), samples in self.samples.items():
            at = (s, d)
            if parameter != p or item.mean[at] != NO_VALUE or self.flows.none[at]:
                continue
            made = made_day(samples, self.validity.manual_at_least)
            due = 1 if made and made[0].mixed else self.validity.manual_at_least
            if made or not self.plan.values_a_day[s, p]:
                item.due[at], item.observed[at], item.valid[at] = due, len(samples), len(made or samples)
                item.least[at], item.most[at] = min(x.value for x in samples), max(x.value for x in samples)
            by_mean = UNKNOWN
            if made:
                item.laboratory[at] = True
                item.tabled[at], item.halved[at] = (sum(x.stand_in == kind for x in made) for kind in (TABLE, HALF))
                self._mean_of_samples(p, item, at, made)
                if geometric[at]:
                    item.mean[at] = geometric_mean([x.value for x in made])
                by_mean = _verdict_of_samples(made, item.limits.ends(s, d), geometric=bool(geometric[at]))
                if absent[at]:
                    by_mean = EXCEEDS if any(x.low > 0 for x in made) else COMPLIES
            by_each = self._each_of_samples(item, at, samples, alone=not self.plan.values_a_day[s, p], made=bool(made))
            asked = item.limits.asked[at] or absent[at]
            both = (by_mean if asked else UNJUDGED, by_each if item.limits.asked_each[at] else UNJUDGED)
            item.verdict[at] = EXCEEDS if EXCEEDS in both else min(both)

    def _mean_of_samples(self, p: int, item: Item, at: Day, made: Sequence[Sample]) -> None:
        """Set the mean of samples, and the load of all that flowed on their day at that concentration."""
        values, name = [x.value for x in made], self.plan.parameters[p]
        mean = Fraction(sum(values), len(values))
        item.mean[at] = round(mean)
        if name == PH:
            ions = np.power(10.0, -np.asarray(values) / _UNIT).sum(keepdims=True)
            item.mean[at] = (half_even(ion_mean(ions, np.asarray([len(values)])), _PH_STEP) * _PH_STEP)[0]
        if self.plan.weighted(name) and self.flows.effective[at]:
            load = mean * int(self.flows.cubic[at]) / 10**VOLUME_DECIMALS / 1000
            item.load[at] = round(load)

    @staticmethod
    def _each_of_samples(item: Item, at: Day, samples: Sequence[Sample], *, alone: bool, made: bool) -> int:
        """Return the verdict of single samples; those of a place without an instrument are all there is to judge."""
        low, high = int(item.limits.each_low[at]), int(item.limits.each_high[at])
        if item.verdict[at] == EXCEEDS or any(x.low > high or x.high < low for x in samples):
            return EXCEEDS
        if any(x.high > high or x.low < low for x in samples):
            return UNKNOWN
        return COMPLIES if alone or made else UNKNOWN

    # what the law adds

    def _removal(self, p: int, item: Item) -> None:
        """Leave open what is above a limit in whose place a removal may stand: what comes in is not measured."""
        name = self.plan.parameters[p]
        may = where(self.laws, name, self.hours.days, lambda rule: rule.removal is not None)
        above = may & (item.mean != NO_VALUE) & (item.mean > item.limits.high) & (item.verdict == EXCEEDS)
        item.removable = above & ~(item.limits.asked_each & self._beyond(item))
        item.verdict[item.removable] = UNKNOWN

    def _stricter(self, p: int, item: Item, cold: Column) -> None:
        """Say which are the days whose limit hangs on a temperature that is not known."""
        name = self.plan.parameters[p]
        hangs = where(self.laws, name, self.hours.days, lambda rule: rule.by_temperature)
        item.stricter = hangs & (cold == -1) & (item.mean != NO_VALUE)


def _nothing_odd(shape: tuple[int, ...]) -> dict[str, Column]:
    """Return what is odd about days of which nothing is."""
    flags = {name: np.zeros(shape, bool) for name in ("removable", "stricter", "laboratory")}
    return {**flags, **{name: np.zeros(shape, np.int64) for name in ("tabled", "halved")}}


def geometric_mean(values: Sequence[int]) -> int:
    """Return the geometric mean of integers of nine decimals, rounded half to even."""
    product = prod(values)
    if not product:
        return 0
    root = _GEOMETRIC.power(Decimal(product), _GEOMETRIC.divide(Decimal(1), Decimal(len(values))))
    return int(root.to_integral_value())


def _by_product(values: Sequence[int], ends: Ends) -> int:
    """Return the verdict of a geometric mean, without a root: the product against the limit to the power of n."""
    product, count = prod(values), len(values)
    over = ends.high is not None and product > ends.high**count
    under = ends.low is not None and product < ends.low**count
    return EXCEEDS if over or under else COMPLIES


def _verdict_of_samples(made: Sequence[Sample], ends: Ends, *, geometric: bool) -> int:
    """Return the verdict of the mean of samples; UNKNOWN where it hangs on what was not measured."""
    if geometric:
        return _by_product([x.value for x in made], ends)
    count = len(made)
    exact, low, high = (
        sum(values) for values in ([x.value for x in made], [x.low for x in made], [x.high for x in made])
    )
    hangs = any(
        (ends.high is not None and x.high > max(ends.high, x.low))
        or (ends.low is not None and x.low < min(ends.low, x.high))
        for x in made
    )
    if not hangs:
        low = high = exact
    over = ends.high is not None and low > ends.high * count
    under = ends.low is not None and high < ends.low * count
    if over or under:
        return EXCEEDS
    open_ = (ends.high is not None and high > ends.high * count) or (ends.low is not None and low < ends.low * count)
    return UNKNOWN if open_ else COMPLIES
