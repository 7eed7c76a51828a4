"""The paper of the demo: the bulletin of the real year, published, in both languages."""

from __future__ import annotations

from console.papers.formats import Format
from console.papers.publishing import publish
from console.papers.sources import SiteSources
from console.site import Site
from qualicity.network import Medium
from reports.papers import bulletin
from reports.period import paper_period

_BY = "demo"
_MEDIA: tuple[Medium, ...] = ("air",)


def publish_bulletin(site: Site, city: str, year: int) -> dict[str, str]:
    """Publish the bulletin of a city's air; return its files by format, relative to the data folder."""
    period = paper_period(str(year))
    paper = bulletin(SiteSources(site, city, year), period, _MEDIA)
    formats = (Format.HTML, Format.PDF)
    folder = publish(site, paper, media=_MEDIA, languages=("zh", "en"), formats=formats, by=_BY, told=lambda *_: None)
    found = {path.suffix.removeprefix("."): path for path in folder.iterdir() if path.is_file()}
    return {one.value: found[one].relative_to(site.data).as_posix() for one in formats}
