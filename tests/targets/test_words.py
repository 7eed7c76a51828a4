"""Every code that is used has its words in both languages, and no words are left over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import targets
from qualicity.errors import InputError, UsageError
from targets.departments import Department
from targets.indicator import Area, Certainty, Figure, Frequency, Judge, Kind
from targets.model import Evidence, Status, Word
from targets.records.standing import Lacks, Standing
from targets.register import register
from targets.words import SECTIONS, parse, word, words

FOLDER = Path(targets.__file__).parent
CODE = re.compile(r"[a-z]+(_[a-z0-9]+)+")
USED = {"reason": "reason", "reasons": "reason", "note": "note", "notes": "note"}
"""Arguments that hold codes, and their section."""

EXCLUDING = {"excluding", "counted_once"}
"""Functions that are given pairs of a code and flags."""

PAIRS = {"list[tuple[str, Any]]", "Sequence[tuple[str, Any]]"}
"""What functions return that make such pairs."""

ENUMERATED = {
    "status": [status.value for status in Status],
    "evidence": get_args(Evidence),
    "change": get_args(Word),
    "kind": get_args(Kind),
    "judge": get_args(Judge),
    "area": get_args(Area),
    "frequency": get_args(Frequency),
    "certainty": get_args(Certainty),
    "record": [*(standing.word for standing in Standing), *Lacks],
    "role": get_args(get_type_hints(Department)["role"]),
    "base": get_args(get_type_hints(Figure)["source"]),
    "unit": sorted({row.unit for row in register().rows} | {"pp", "days"}),  # of second figures
}


@cache
def sources() -> tuple[tuple[Path, ast.Module], ...]:
    return tuple((path, ast.parse(path.read_text("utf-8"))) for path in sorted(FOLDER.rglob("*.py")))


def literals(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def codes_in(node: ast.AST | None) -> Iterator[str]:
    """Yield the codes of an expression: texts by themselves, and texts that lead a pair."""
    if node is not None:
        yield from (text for text in literals(node) if CODE.fullmatch(text))


def paired(node: ast.AST | None) -> Iterator[str]:
    """Yield the codes that lead pairs of a code and flags."""
    for inner in ast.walk(node) if node is not None else ():
        if isinstance(inner, ast.Tuple) and len(inner.elts) == 2:
            code, flags = inner.elts
            if isinstance(code, ast.Constant) and isinstance(code.value, str) and not isinstance(flags, ast.Constant):
                yield code.value


def named(node: ast.AST) -> tuple[str, ast.expr | None]:
    """Return the name that something is assigned to, and what is."""
    if isinstance(node, ast.Assign):
        return getattr(node.targets[0], "id", ""), node.value
    if isinstance(node, ast.AnnAssign | ast.AugAssign):
        return getattr(node.target, "id", ""), node.value
    return "", None


def used(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield section and code of each use that says its section."""
    for node in ast.walk(tree):
        name, value = named(node)
        if name == "notes":
            yield from (("note", code) for code in codes_in(value))
        if name == "reasons":
            yield from (("excluded", code) for code in paired(value))
        if isinstance(node, ast.FunctionDef) and node.returns and ast.unparse(node.returns) in PAIRS:
            yield from (("excluded", code) for code in paired(node))
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            for argument in node.args if called in EXCLUDING else ():
                yield from (("excluded", code) for code in paired(argument))
            for keyword in node.keywords:
                if section := USED.get(keyword.arg or ""):
                    yield from ((section, code) for code in codes_in(keyword.value))


def test_every_code_that_says_its_section_has_words() -> None:
    """A note or an exclusion without words would be shown as a code."""
    missing = {
        f"{section}.{code} ({path.relative_to(FOLDER)})"
        for path, tree in sources()
        for section, code in used(tree)
        if code not in words()[section]
    }
    assert not missing


def test_every_code_of_the_judge_has_words() -> None:
    """The judge knows no columns: what it writes as a word with an underscore is a code."""
    known = {code for section in words().values() for code in section}
    missing = {
        f"{text} ({path.name})"
        for path, tree in sources()
        if path.parent.name == "judge" and path.name != "testing.py"
        for text in codes_in(tree)
        if text not in known
    }
    assert not missing


@pytest.mark.parametrize("section", ["reason", "note", "excluded"])
def test_no_words_are_left_over(section: str) -> None:
    """Words of a code that nobody uses any more would be read as if they could still appear."""
    written = {text for _, tree in sources() for text in literals(tree)}
    assert not set(words()[section]) - written


@pytest.mark.parametrize("section", ENUMERATED)
def test_sections_of_enumerations_are_complete(section: str) -> None:
    """Each member has words, and no words are of another."""
    assert set(words()[section]) == set(ENUMERATED[section])


def test_the_ten_statuses_have_the_labels_that_were_agreed() -> None:
    labels = "已达标/达标待证/稳定保持/达标后回落/进展正常/存在风险/偏离目标/恶化/突破底线/无法评估"
    assert [word("status", status).zh for status in Status] == labels.split("/")


def test_no_two_codes_of_a_section_read_alike() -> None:
    """Whoever reads a reason knows which one it is."""
    for section in ("status", "reason", "excluded", "record", "evidence"):
        for language in ("zh", "en"):
            said = [getattr(name, language) for name in words()[section].values()]
            assert len(said) == len(set(said)), [text for text in said if said.count(text) > 1]


def test_a_code_without_words_is_refused() -> None:
    with pytest.raises(UsageError, match=r"no \[reason\.because\]"):
        word("reason", "because")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[reasons.a]\nzh = "甲"\nen = "a"', "reasons: unknown section"),
        ('[reason.a]\nzh = "甲"', "reason.a: say it in both languages"),
        ('[reason.a]\nzh = "甲"\nen = "a"\nde = "a"', "reason.a.de: unknown key"),
        ("reason = 1", "write it as [reason.code]"),
        ("[reason", "words.toml: "),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(InputError) as refused:
        parse(text)
    assert said in refused.value.cause
    assert set(parse("")) == set(SECTIONS)
