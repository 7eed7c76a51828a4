"""The addresses of the SensorThings API: its root, its sets, entities by id, and what they lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from console.access.guard import Who
from console.access.roles import Principal
from console.errors import MissingError
from console.rest.answers import one
from console.rest.asked import network_of
from console.rest.description import described
from console.rest.models import sensorthings as models
from console.sensorthings.asked import Asked, parse_options
from console.sensorthings.catalogue import Catalogue, Series
from console.sensorthings.entities import PROPERTIES, SETS, WAYS, Entity, EntitySet, World
from console.sensorthings.observations import Finder, one_observation
from console.service import At, Service
from console.site import Site
from qualicity.errors import UsageError
from qualicity.store.journal import NAME as JOURNAL

ROOT = "/api/v1/sensorthings/v1.1"
_REQUIREMENTS = "http://www.opengis.net/spec/iot_sensing/1.1/req"
CONFORMS = tuple(
    f"{_REQUIREMENTS}/{name}"
    for name in (
        "datamodel/thing/properties",
        "datamodel/location/properties",
        "datamodel/datastream/properties",
        "datamodel/datastream/relations",
        "datamodel/sensor/properties",
        "datamodel/sensor/relations",
        "datamodel/observed-property/properties",
        "datamodel/observed-property/relations",
        "datamodel/observation/properties",
        "datamodel/feature-of-interest/properties",
        "datamodel/feature-of-interest/relations",
        "datamodel/entity-control-information/common-control-information",
        "request-data/top",
        "request-data/skip",
        "request-data/count",
        "request-data/select",
        "request-data/pagination",
    )
)
"""Requirements that are kept whole. Not among them: the classes as a whole (there are no HistoricalLocations, no
addresses of single properties, and $filter, $orderby and $expand are offered in part)."""

router = APIRouter(prefix=ROOT, tags=["sensorthings"])

_TEXT = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"[0-9]{1,18}")


Set = Annotated[EntitySet, Path(description="A set of entities.")]
Key = Annotated[str, Path(max_length=300, description="Id: a text in single quotes, of observations a number.")]
Way = Annotated[str, Path(max_length=40, description="Navigation property.")]
ListOptions = Annotated[models.ListOptions, Query()]
OneOptions = Annotated[models.OneOptions, Query()]


@router.get("/", response_model=None, include_in_schema=False)  # as some clients write it
@router.get("", response_model=None, responses=described(models.Root, pages=False))
def root(*, request: Request, _who: Who) -> Response:
    """The service's root: its sets of entities."""
    base = _root(request)
    sets = [{"name": name, "url": f"{base}/{name}"} for name in SETS]
    return one(request, {"value": sets, "serverSettings": {"conformance": CONFORMS}})


# an address with a key comes first: `Things('a')` would be taken for a set
@router.get("/{entities}({key})/{way}", response_model=None, responses=described(models.Entities, pages=False))
def led(*, request: Request, at: At, who: Who, entities: Set, key: Key, way: Way, _options: ListOptions) -> Response:
    """What an entity leads to: one entity, or a page of many."""
    target = WAYS[entities].get(way)
    if target is None:
        raise MissingError(f"{entities} lead to no {way!r}", f"they lead to: {', '.join(WAYS[entities])}")
    asked = _asked(request, target)
    with _opened(at, request, who) as opened:
        if entities == "Observations":
            found = opened.world.led_from_observation(opened.observation(key)[0], target)
        else:
            name = opened.known(entities, key)
            if target == "Observations":
                return opened.observations(opened.world.series_of(entities, name), asked)
            found = opened.world.led(entities, name, way)
        if way in SETS:
            return opened.many(target, found, asked)
        if not found:
            raise MissingError(f"{entities}({key}) has no {way}", "its station has no position")
        return opened.single(target, opened.world.entity(target, found[0]), asked)


@router.get("/{entities}({key})", response_model=None, responses=described(models.Entity, pages=False))
def entity(*, request: Request, at: At, who: Who, entities: Set, key: Key, _options: OneOptions) -> Response:
    """An entity by its id."""
    asked = _asked(request, entities)
    with _opened(at, request, who) as opened:
        if entities == "Observations":
            series, found = opened.observation(key)
            return opened.single(entities, found, asked, series)
        return opened.single(entities, opened.world.entity(entities, opened.known(entities, key)), asked)


@router.get("/{entities}/", response_model=None, include_in_schema=False)
@router.get("/{entities}", response_model=None, responses=described(models.Entities, pages=False))
def entity_set(*, request: Request, at: At, who: Who, entities: Set, _options: ListOptions) -> Response:
    """A page of a set."""
    asked = _asked(request, entities)
    with _opened(at, request, who) as opened:
        if entities == "Observations":
            return opened.observations(list(opened.world.series.values()), asked)
        return opened.many(entities, opened.world.ids(entities), asked)


@dataclass(frozen=True)
class _Opened:
    """The site as somebody may see it, for one answer."""

    request: Request
    site: Site
    world: World

    def known(self, entities: EntitySet, key: str) -> str:
        """Return the id behind a key, of an entity of the network.

        Raises:
            MissingError: there is no such entity.
        """
        match = _TEXT.fullmatch(key)
        name = "" if match is None else match[1].replace("''", "'")
        if name not in self.world.ids(entities):
            raise MissingError(f"there is no {entities}({key[:80]})", f"see {ROOT}/{entities}; texts stand in quotes")
        return name

    def observation(self, key: str) -> tuple[Series, Entity]:
        """Return an observation, and the series that it is of.

        Raises:
            MissingError: there is none.
        """
        text = key.strip("'")
        asked = self.world.extents and _NUMBER.fullmatch(text)  # without any readings there is no log to look into
        found = one_observation(self.site, self.world, int(text)) if asked else None
        if found is None:
            raise MissingError(f"there is no Observations({key[:80]})", f"see {ROOT}/Datastreams")
        return found

    def single(self, entities: EntitySet, found: Entity, asked: Asked, series: Series | None = None) -> Response:
        """Answer one entity; an observation with its series."""
        return one(self.request, self._shown(entities, found, asked, series))

    def many(self, entities: EntitySet, ids: Sequence[str], asked: Asked) -> Response:
        """Answer a page of entities of the network."""
        end = asked.skip + asked.page
        following = asked.following(("$skip", str(end)), more=end < len(ids))
        found = [(None, self.world.entity(entities, name)) for name in ids[asked.skip : end]]
        return self._page(entities, found, asked, following, len(ids) if asked.count else None)

    def observations(self, series: Sequence[Series], asked: Asked) -> Response:
        """Answer a page of observations of some series."""
        page = Finder(self.site, self.world, series, asked).page()
        return self._page("Observations", page.found, asked, page.following, page.total)

    def _page(
        self,
        entities: EntitySet,
        found: Sequence[tuple[Series | None, Entity]],
        asked: Asked,
        following: Sequence[tuple[str, str]] | None,
        count: int | None,
    ) -> Response:
        content: dict[str, Any] = {} if count is None else {"@iot.count": count}
        if following is not None:
            content["@iot.nextLink"] = self._next(dict(following))
        content["value"] = [self._shown(entities, own, asked, series) for series, own in found]
        return one(self.request, content)

    def _next(self, other: Mapping[str, str]) -> str:
        kept = [(name, text) for name, text in self.request.query_params.multi_items() if name not in other]
        options = [*kept, *((name, text) for name, text in other.items() if text)]
        return f"{self.request.url.replace(query='')}?{urlencode(options, safe='$,')}"

    def _shown(self, entities: EntitySet, found: Entity, asked: Asked, series: Series | None) -> Entity:
        """Return an entity with what is expanded, and without what is not selected."""
        shown = dict(found)
        if asked.select:
            names = {f"@iot.{name}" if name == "id" else name for name in asked.select}
            names |= {f"{name}@iot.navigationLink" for name in asked.select}
            shown = {name: value for name, value in found.items() if name in names}
        for way in asked.expand:
            shown[way] = self._expanded(entities, found, way, series)
        return shown

    def _expanded(self, entities: EntitySet, found: Entity, way: str, series: Series | None) -> object:
        target = WAYS[entities][way]
        if target == "Observations":
            raise UsageError(f"$expand={way} is not offered", f"follow {way}@iot.navigationLink")
        if series is None:
            names = self.world.led(entities, f"{found['@iot.id']}", way)
        else:
            names = self.world.led_from_observation(series, target)
        inner = [self.world.entity(target, name) for name in names]
        return inner if way in SETS else next(iter(inner), None)


@contextmanager
def _opened(at: Service, request: Request, who: Principal) -> Iterator[_Opened]:
    with at.reader() as site:
        extents = _catalogue(request).extents(site.store) if (site.data / JOURNAL).is_file() else {}
        yield _Opened(request, site, World(_root(request), network_of(site, who), extents))


def _catalogue(request: Request) -> Catalogue:
    """Return what an application knows of its log; made when it is first asked for."""
    state = request.app.state
    if not hasattr(state, "catalogue"):
        state.catalogue = Catalogue()
    found: Catalogue = state.catalogue
    return found


def _root(request: Request) -> str:
    return f"{request.base_url}".rstrip("/") + ROOT


def _asked(request: Request, entities: EntitySet) -> Asked:
    ways = WAYS[entities]
    return parse_options(
        request.query_params.multi_items(),
        known=PROPERTIES[entities],
        ways=ways,
        observations=entities == "Observations",
    )
