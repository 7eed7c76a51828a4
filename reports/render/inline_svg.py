"""Puts a drawing into a page: its ids made the page's, its words for who does not see it, its ink that of the text."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_ADDRESS = re.compile(r"url\(#([^)]+)\)")
_OF_ITS_MAKER = ("metadata", "title", "desc")  # what the drawing says of itself: the page says it in both languages

ET.register_namespace("", _SVG)
ET.register_namespace("xlink", _XLINK)


def inline(drawing: bytes, ink: str, place: str, title: str, alt: str) -> str:
    """Return a drawing as an element of a page.

    Args:
        drawing: a document of SVG.
        ink: the colour that becomes that of the text around it.
        place: what its ids begin with; unique on the page.
        title: its name.
        alt: what it shows, in words.
    """
    root = ET.fromstring(drawing)  # noqa: S314 - drawn by us
    for child in list(root):
        if child.tag in {f"{{{_SVG}}}{name}" for name in _OF_ITS_MAKER}:
            root.remove(child)
    for element in root.iter():
        for name, value in element.attrib.items():
            element.set(name, _own(name, value.replace(ink, "currentColor"), place))
    _scale(root)
    root.set("role", "img")
    root.set("aria-labelledby", f"{place}--title")
    root.set("aria-describedby", f"{place}--desc")
    for at, (tag, text) in enumerate((("title", title), ("desc", alt))):
        said = ET.Element(f"{{{_SVG}}}{tag}", {"id": f"{place}--{tag}"})
        said.text = text
        root.insert(at, said)
    return ET.tostring(root, encoding="unicode")


def _own(name: str, value: str, place: str) -> str:
    """Return the value of an attribute with the ids in it made the page's."""
    if name == "id":
        return f"{place}--{value}"
    if name == "d":
        return " ".join(value.split())  # matplotlib writes wide: a page holds many letters
    if name in {"href", f"{{{_XLINK}}}href"} and value.startswith("#"):
        return f"#{place}--{value[1:]}"
    return _ADDRESS.sub(rf"url(#{place}--\1)", value)


def _scale(root: ET.Element) -> None:
    """Let the page decide how large a drawing is: its measure stays as the box that it draws in."""
    width, height = (re.sub(r"[a-z%]+$", "", root.attrib.pop(side, "0")) for side in ("width", "height"))
    root.attrib.setdefault("viewBox", f"0 0 {width} {height}")
