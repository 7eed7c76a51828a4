from __future__ import annotations

import re
from pathlib import Path

from collector.files.header import OPTIONAL, REQUIRED

PAGE = Path(__file__).parents[3] / "docs" / "import.md"


def test_the_page_names_the_columns():
    """docs/import.md lists exactly the columns that a header may have."""
    section = PAGE.read_text("utf-8").partition("## The canonical file")[2].partition("\n## ")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == REQUIRED + OPTIONAL
