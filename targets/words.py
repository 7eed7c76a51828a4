"""The words of the targets in both languages: `words.toml`, by section and code.

A code is written in code as one whole literal (`"no_baseline"`), never put together, so that a search finds it. Where
it stands says of which section it is: an argument or variable named `notes` or `reasons`; the first of a pair of a code
and flags, as `excluding` takes them (section excluded); any such word in the package of the judge; a member of an
enumeration or `Literal` of the section. `tests/targets/test_words.py` looks there, and for words that nobody uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from qualicity.errors import UsageError
from qualicity.network import Name
from qualicity.strict import Problems, convert_struct
from targets.tables import MEND, toml_table

SECTIONS = (
    "status", "reason", "note", "excluded", "record", "evidence", "kind", "judge", "area", "frequency", "certainty",
    "role", "base", "unit", "change",
)  # fmt: skip

_FILE = "words.toml"


@cache
def words() -> Mapping[str, Mapping[str, Name]]:
    """Return what each code means, by section.

    Raises:
        InputError: the table breaks its form: all that is wrong, each with its place.
    """
    return parse((files(__package__) / _FILE).read_text("utf-8"))


def word(section: str, code: str) -> Name:
    """Return what a code means.

    Raises:
        UsageError: the table does not say.
    """
    found = words().get(section, {}).get(code)
    if found is None:
        raise UsageError(f"{_FILE} has no [{section}.{code}]", "say there what it means, in both languages")
    return found


def parse(text: str) -> Mapping[str, Mapping[str, Name]]:
    """Return the words of a table.

    Raises:
        InputError: all that is wrong, each with its place.
    """
    problems = Problems()
    found: dict[str, dict[str, Name]] = {section: {} for section in SECTIONS}
    for section, codes in toml_table(text, _FILE).items():
        if section not in found:
            problems.add(f"{_FILE}: {section}", f"unknown section; known are {', '.join(SECTIONS)}")
        elif not isinstance(codes, dict):
            problems.add(f"{_FILE}: {section}", f"write it as [{section}.code]")
        else:
            _codes(section, codes, found[section], problems)
    problems.refuse(_FILE, MEND)
    return found


def _codes(section: str, codes: Mapping[str, object], found: dict[str, Name], problems: Problems) -> None:
    for code, content in codes.items():
        place = f"{_FILE}: {section}.{code}"
        name = convert_struct(content, Name, place, problems)
        if name is None:
            continue
        if not (name.zh.strip() and name.en.strip()):
            problems.add(place, "say it in both languages")
        found[code] = name
