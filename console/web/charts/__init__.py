"""Charts as SVG, drawn on the server: pure functions from values to markup.

Colours come from the page's variables, so that light and dark both work; nothing is told by colour alone. Each drawing
has a title and a description; the page gives the same values as a table beside it.

- `line(about, places, series, limits=...)`: courses over time, gaps where there is no value, dashed lines of limits.
- `bars(about, places, values, limit=...)`: a bar a place; what rises above the limit line has a colour of its own.
- `strip(about, cells)`: a row of cells in colours, each with its own title.
- `spark(about, values)`: a course without axes, beside a number.
- `span(about, lower, upper, value, target)`: a share between its bounds, with its target; `aimed(target)` writes that.
"""

from __future__ import annotations

from console.web.charts.course import Limit, Series, bars, line, spark
from console.web.charts.drawing import About
from console.web.charts.spans import Cell, aimed, span, strip

__all__ = ["About", "Cell", "Limit", "Series", "aimed", "bars", "line", "span", "spark", "strip"]
