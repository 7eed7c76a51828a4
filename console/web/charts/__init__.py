"""Charts as SVG, drawn on the server: pure functions from values to markup.

Colours come from the page's variables, so that light and dark both work; nothing is told by colour alone. Each drawing
has a title and a description; the page gives the same values as a table beside it.

- `line(about, places, values)`: a course over time, with gaps where there is no value.
- `bars(about, places, values, limit=...)`: a bar a place; what rises above the limit line has a colour of its own.
- `span(about, lower, upper, value, target)`: a share between its bounds, with its target; `aimed(target)` writes that.
"""

from __future__ import annotations

from console.web.charts.course import Limit, bars, line
from console.web.charts.drawing import About
from console.web.charts.spans import aimed, span

__all__ = ["About", "Limit", "aimed", "bars", "line", "span"]
