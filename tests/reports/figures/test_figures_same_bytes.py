import hashlib
import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl

from qualicity.network import Name
from reports import figures
from reports.figures import data

_SETTINGS = """
font.family: serif
font.size: 30
svg.fonttype: none
svg.hashsalt: other
lines.linewidth: 9
lines.dash_capstyle: round
text.parse_math: True
hatch.linewidth: 7
savefig.bbox: tight
savefig.dpi: 300
figure.dpi: 31
axes.unicode_minus: False
path.sketch: 3, 3, 3
"""


def _drawn():
    """Return a digest of figures that have letters, hatching, marks and dashes."""
    water = [data.Bar(Name("水源", "Sources"), {"I": 3, "worse": 1, "none": 2})]
    points = [data.Point(str(year), year, year / 7, 285, 289, provisional=year > 2014) for year in (2014, 2015)]
    name = Name("PM₂.₅ 骨直角", "PM₂.₅")
    course = data.Trend(name, Name("µg/m³", "µg/m³"), points, 287.5, path=[(2014, 1), (2015, 2)])
    places = [data.Place(Name("甲", "A"), 114.1 + one / 99, 22.5, "III") for one in range(4)]
    return hashlib.sha256(
        figures.bars(data.Bars("water", water, Name("个", "in number")), "zh", synthetic=True)
        + figures.trend(course, "en")
        + figures.trend(course, "zh")
        + figures.place_map(data.PlaceMap("water", places), "zh")
    ).hexdigest()


def test_the_same_data_are_the_same_bytes_elsewhere(tmp_path):
    """Twice here, and in a process with another folder, locale, time zone, hash seed and settings of matplotlib."""
    (tmp_path / "matplotlibrc").write_text(_SETTINGS)
    here = Path(__file__)
    code = f"import runpy, warnings; warnings.simplefilter('error');print(runpy.run_path({str(here)!r})['_drawn']())"
    environment = os.environ | {
        "LC_ALL": "zh_TW.UTF-8", "LANG": "de_DE", "TZ": "America/Caracas", "PYTHONHASHSEED": "77",
        "PYTHONPATH": os.pathsep.join(one for one in sys.path if one), "MATPLOTLIBRC": str(tmp_path / "matplotlibrc"),
    }  # fmt: skip

    elsewhere = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )

    assert elsewhere.returncode == 0, elsewhere.stderr
    assert _drawn() == _drawn() == elsewhere.stdout.strip()


def test_settings_of_matplotlib_are_left_as_they_were():
    before = dict(mpl.rcParams)

    _drawn()

    assert dict(mpl.rcParams) == before
