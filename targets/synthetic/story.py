"""What happens in the example, from `story.toml`: a figure for each year from its first on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import msgspec

from qualicity.shipped import shipped_table

Whole = tuple[int, int, int, int, int, int]
"""Counts of the six years."""

Share = tuple[float, float, float, float, float, float]
"""Shares in percent, scores in points or amounts of the six years."""

Halves = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Product(_Part, frozen=True):
    """Products: sampling, patents, certificates, standards that they are made to."""

    batches: Whole
    failing: Share
    tracked: int
    tracked_failing: Halves
    inventions: Whole
    certified_firms: Whole
    product_certified: Whole
    firms: Whole
    main_products: int
    adopted: Whole
    superior: Share


class Brand(_Part, frozen=True):
    """Brands, and what other cities of the province have."""

    geographical: Whole
    famous: Whole
    famous_elsewhere: Mapping[str, Whole]
    revenue: tuple[Whole, ...]
    own_exports: Share


class Standards(_Part, frozen=True):
    """Standards and committees."""

    published: Whole
    led: Share
    committees: Whole
    good_firms: Whole


class Management(_Part, frozen=True):
    """The project of one award, ten, a hundred, a thousand and ten thousand."""

    supported: Whole
    assessed: Whole
    trained: Whole
    benchmarks: Whole
    winners: Whole


class Service(_Part, frozen=True):
    """Services: surveys, and what organisations implement."""

    satisfaction: Share
    culture: Share
    key_units: int
    key_units_assessed: Whole
    public_units: int
    public_units_assessed: Whole
    standards: int
    standards_implemented: Whole
    benchmarked: Whole


class Economy(_Part, frozen=True):
    """The economy, and what it uses."""

    gdp_current: Whole
    gdp_2005: Whole
    tertiary: Share
    modern: Share
    revenue: Whole
    exports: Whole
    energy: Share
    water: Share


class Environment(_Part, frozen=True):
    """Waters, emissions and enforcement."""

    industrial_ok: Share
    treated: Share
    sources_failing: Whole
    reduced: Mapping[str, Share]
    assigned: Mapping[str, float]
    cases: Whole
    handled: Share


class Works(_Part, frozen=True):
    """Works."""

    completed: Whole
    nil_missing: Mapping[str, str]


class Milestone(_Part, frozen=True):
    """Levels by the day on which they were reached; how many items were done by the end of each year of the promise."""

    indicator: str
    reached: Mapping[str, int]
    done: tuple[int, ...] = ()
    planned: int | None = None


class Report(_Part, frozen=True):
    """When the report about each year was issued; with or without quarterly bulletins."""

    indicator: str
    issued: Mapping[str, str]
    bulletins: bool = False


class Title(_Part, frozen=True):
    """What somebody else called the city."""

    name: str
    given: str


class Story(_Part, frozen=True):
    """All that happens; the figures of `first` come first."""

    first: int
    product: Product
    brand: Brand
    standards: Standards
    management: Management
    service: Service
    economy: Economy
    environment: Environment
    works: Works
    abroad: Mapping[str, tuple[float, ...]]
    milestone: tuple[Milestone, ...]
    report: tuple[Report, ...]
    title: tuple[Title, ...]

    @property
    def years(self) -> range:
        """Return the years that have figures."""
        return range(self.first, self.first + len(self.works.completed))


@cache
def story() -> Story:
    """Return what happens.

    Raises:
        InputError: the table breaks its schema.
    """
    return shipped_table(__package__, "story.toml", Story)
