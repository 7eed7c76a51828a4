"""The sheet that figures are drawn on: lines, boxes, marks and text in points from its upper left corner.

Its width is that of a page's text; its height is what the figure needs. It becomes SVG by matplotlib: letters are
paths, so that nobody needs the font; no clock, no random id, no setting of the machine has a part in it.
"""

from __future__ import annotations

import hashlib
import io
import math
import re
from collections.abc import Callable, Sequence
from functools import partial
from threading import Lock

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Polygon
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from qualicity.network import Name
from reports.figures.letters import SMALL, runs, width, wrap
from reports.fonts import font_file
from reports.model import Language
from reports.printing import said
from reports.wording import wording

WIDTH = 453.6
"""16 cm."""

INK = "#010203"
"""Text, axes and grid, and nothing else: on a dark page it can be replaced by that page's ink. There is no ground."""

SIZE, FINE = 8.0, 7.0
"""Of text, and of text that is beside."""

FAINT, SOFT = 0.18, 0.72
"""How strong the ink of grids is, and of text that is beside."""

LEADING = 1.3
"""From line to line, of the size."""

_MIDDLE = 0.36
"""Of the size: from the baseline up to the middle of a line."""

_HATCH = "#101010"
"""Of hatching, which lies on the colour of a class on dark pages too."""

_METADATA = {"Creator": None, "Date": None, "Format": None, "Type": None}
_FRAME = re.compile(r"^.*?(?=<svg)|<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>|<!--.*?-->", re.DOTALL)
_BLANK = re.compile(r"(?<=>)\s+(?=<)|\s+(?=\")")
_ID = re.compile(r' id="([^"]*)"')
_REFERENCE = re.compile(r'(?<=href="#)[^"]+|(?<=url\(#)[^)]+')
_LOCK = Lock()
"""matplotlib's settings and fonts are the process's: one figure at a time."""

_ACROSS = 0.11
"""How strong the words across a figure of made-up data are."""

_EVERY = 330.0
"""So often they stand, down the sheet."""


class Sheet:
    """What a figure is drawn on; y grows downwards."""

    def __init__(self, language: Language, *, synthetic: bool = False) -> None:
        self.language = language
        self.synthetic = synthetic
        self.height = 0.0
        self.texts: list[tuple[str, list[Text]]] = []
        self._drawn: list[Callable[[], Artist]] = []  # made late: matplotlib's settings have a part in each
        self._place = Affine2D()

    def say(self, name: Name) -> str:
        """Return a name in the figure's language."""
        return said(name, self.language)

    def word(self, code: str, **values: Name | str | int) -> str:
        """Return a word of `text/figures.toml`."""
        return self.say(wording("figures")(code, **values))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = SIZE,
        align: str = "left",
        color: str = INK,
        alpha: float = 1,
        turned: float = 0,
    ) -> None:
        """Set a line of text whose middle is at `y`; `turned` by so many degrees, anticlockwise about its start."""
        if not text.strip():
            return
        x -= {"left": 0, "center": 0.5, "right": 1}[align] * width(text, size)
        along, up = math.cos(math.radians(turned)), math.sin(math.radians(turned))
        x, y = x + up * _MIDDLE * size, y + along * _MIDDLE * size
        made: list[Text] = []
        for piece, low in runs(text):
            drawn = size * SMALL if low else size
            drop = 0.16 * size if low else 0
            place = (x + up * drop, y + along * drop)
            self._drawn.append(
                partial(self._line, made, piece, place, size=drawn, color=color, alpha=alpha, turned=turned)
            )
            step = width(piece, drawn)
            x, y = x + along * step, y - up * step
        self.texts.append((text, made))

    def _line(
        self,
        made: list[Text],
        text: str,
        place: tuple[float, float],
        *,
        size: float,
        color: str,
        alpha: float,
        turned: float,
    ) -> Text:
        """Make a piece of text, and keep it with the others of its line."""
        made.append(
            _Line(
                *place, text, color=color, alpha=alpha, rotation=turned, rotation_mode="anchor", ha="left",
                va="baseline", fontproperties=FontProperties(fname=font_file(), size=size), parse_math=False,
                transform=self._place,
            )
        )  # fmt: skip
        return made[-1]

    def lines(
        self,
        x: float,
        y: float,
        lines: Sequence[str],
        *,
        size: float = SIZE,
        align: str = "left",
        color: str = INK,
        alpha: float = 1,
    ) -> None:
        """Set lines of text whose first has its middle at `y`."""
        for number, line in enumerate(lines):
            self.text(x, y + number * size * LEADING, line, size=size, align=align, color=color, alpha=alpha)

    def line(
        self,
        points: Sequence[tuple[float, float]],
        *,
        color: str = INK,
        thick: float = 0.6,
        dash: Sequence[float] = (),
        alpha: float = 1,
    ) -> None:
        """Draw a line through points; `dash`: lengths of strokes and gaps."""
        self._drawn.append(
            partial(
                Line2D, [x for x, _ in points], [y for _, y in points], color=color, lw=thick, alpha=alpha,
                ls=(0, tuple(one / thick for one in dash)) if dash else "-", dash_capstyle="butt",
                solid_capstyle="butt", transform=self._place,
            )
        )  # fmt: skip

    def box(
        self,
        x: float,
        y: float,
        wide: float,
        high: float,
        *,
        fill: str = "",
        edge: str = INK,
        thick: float = 0.5,
        alpha: float = 1,
        hatch: str = "",
    ) -> None:
        """Draw a box; without a fill it is empty. `alpha` is that of its edge."""
        self.boxes([(x, y, wide, high)], fill=fill, edge=edge, thick=thick, alpha=alpha, hatch=hatch)

    def boxes(
        self,
        boxes: Sequence[tuple[float, float, float, float]],
        *,
        fill: str = "",
        edge: str = INK,
        thick: float = 0.5,
        alpha: float = 1,
        hatch: str = "",
    ) -> None:
        """Draw boxes (x, y, width, height) that look alike and do not lie on each other."""
        corners = [
            corner
            for x, y, wide, high in boxes
            for corner in ((x, y), (x + wide, y), (x + wide, y + high), (x, y + high), (x, y))
        ]
        path = Path(corners, [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY] * len(boxes))
        self._drawn.append(
            partial(
                PathPatch, path, facecolor=fill or "none", lw=thick, hatch=hatch or None, transform=self._place,
                joinstyle="miter", edgecolor=(edge, alpha) if thick else "none", hatchcolor=(_HATCH, 0.55),
            )
        )  # fmt: skip

    def shape(self, points: Sequence[tuple[float, float]], *, fill: str = INK, alpha: float = 1) -> None:
        """Fill the shape between points."""
        self._drawn.append(partial(Polygon, list(points), facecolor=fill, lw=0, alpha=alpha, transform=self._place))

    def mark(
        self, x: float, y: float, *, shape: str = "o", size: float = 5, color: str = INK, hollow: bool = False
    ) -> None:
        """Set a mark; the shapes are those of matplotlib."""
        self._drawn.append(
            partial(
                Line2D, [x], [y], ls="", marker=shape, markersize=size, markerfacecolor="none" if hollow else color,
                markeredgecolor=color, markeredgewidth=1.1 if hollow else 0.6, transform=self._place,
            )
        )  # fmt: skip

    def nothing(self, text: str = "", top: float = 0, high: float = 54) -> None:
        """Draw an empty frame that says that there are no data."""
        lines = wrap(text or self.word("no_data"), SIZE, WIDTH - 20)
        high = max(high, (len(lines) + 2) * SIZE * LEADING)
        self.box(0.5, top + 0.5, WIDTH - 1, high - 1, alpha=0.4)
        first = top + high / 2 - (len(lines) - 1) * SIZE * LEADING / 2
        self.lines(WIDTH / 2, first, lines, align="center", alpha=SOFT)
        self.height = max(self.height, top + high)

    def figure(self) -> Figure:
        """Return the sheet as matplotlib's figure."""
        figure = Figure(figsize=(WIDTH / 72, self.height / 72), dpi=72)
        figure.patch.set_visible(False)
        self._place.clear().scale(1, -1).translate(0, self.height)
        for order, make in enumerate(self._drawn):
            artist = make()
            artist.set_zorder(order)
            figure.add_artist(artist)
        return figure

    def svg(self) -> bytes:
        """Return the sheet as SVG."""
        if self.synthetic:
            self._across()
        with _LOCK, mpl.rc_context():
            mpl.rcdefaults()
            mpl.rc("svg", fonttype="path", hashsalt="qualicity")
            mpl.rc("hatch", linewidth=0.55)
            mpl.rc("path", simplify=False)
            figure, out = self.figure(), io.BytesIO()
            FigureCanvasSVG(figure)  # whatever canvas the machine prefers
            figure.savefig(out, format="svg", metadata=_METADATA)
        return _own_ids(_BLANK.sub("", _FRAME.sub("", out.getvalue().decode())), self.language).encode()

    def _across(self) -> None:
        """Set the words that say that data are made up across the whole figure."""
        said_of = wording("layout")("synthetic_across")
        words = f"{said_of.zh}  {said_of.en}"
        times = max(1, round(self.height / _EVERY))
        high = self.height / times
        turned = math.degrees(math.atan2(high, WIDTH)) * 0.8
        along, up = math.cos(math.radians(turned)), math.sin(math.radians(turned))
        one = width(words, 1)
        size = 0.86 * min(WIDTH / (one * along + up), high / (one * up + along))
        for number in range(times):
            x = WIDTH / 2 - along * one * size / 2
            y = (number + 0.5) * high + up * one * size / 2
            self.text(x, y, words, size=size, alpha=_ACROSS, turned=turned)


class _Line(Text):
    """One line of text; set where it stands, without the layout of paragraphs, and in one language on every machine.

    Without a language the shaper asks the process's locale.
    """

    def draw(self, renderer: RendererBase) -> None:
        """Draw it."""
        self.set_language("zh-Hans")
        context = renderer.new_gc()
        context.set_foreground(self.get_color())
        context.set_alpha(self.get_alpha() or 0)
        x, y = self.get_transform().transform(self.get_position())
        high = renderer.get_canvas_width_height()[1]
        renderer.draw_text(
            context, x, high - y, self.get_text(), self.get_fontproperties(), self.get_rotation(), mtext=self
        )
        context.restore()


def _own_ids(svg: str, salt: str) -> str:
    """Keep the ids that are referred to, under names that no other figure of a page has."""
    prefix = "f" + hashlib.sha256((salt + svg).encode()).hexdigest()[:10]
    wanted = {name: f"{prefix}-{number}" for number, name in enumerate(dict.fromkeys(_REFERENCE.findall(svg)))}
    svg = _ID.sub(lambda found: f' id="{wanted[found[1]]}"' if found[1] in wanted else "", svg)
    return _REFERENCE.sub(lambda found: wanted[found[0]], svg).replace(
        "<svg ", '<svg stroke-linejoin="round" stroke-linecap="butt" ', 1
    )
