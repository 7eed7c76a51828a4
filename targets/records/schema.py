"""What a record is: columns and rules of each schema, as `targets/records/schemas/*.toml` declares them.

A rule is of one record, and a record that breaks it is refused; or it only flags (`effect`). Rules between records
(`SetRule`, natural keys) refuse nothing at intake: `standing.py` judges them over the whole set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from qualicity.errors import InputError, UsageError
from qualicity.network import Name
from qualicity.shipped import shipped_table
from targets.factors import COLUMNS as FACTOR

PACKAGE = "targets.records"

Type = Literal[
    "text", "code", "choice", "bool", "whole", "decimal", "date", "month", "year", "organisation", "person", "digest",
    "district", "city", "department", "indicator", "patent",
]  # fmt: skip
"""Of a column; what each accepts stands in `types.py`."""

Effect = Literal["refuse", "flag"]


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the codes that a column may hold."""

    code: str
    zh: str
    en: str


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column of a form; amounts have their unit in the name.

    Attributes:
        title: heading in both languages.
        description: what to write; empty where the title says it.
        example: a text that is accepted.
        least, most: of numbers, both allowed.
        above: of numbers, not itself allowed.
        places: most decimals of a `decimal`.
        longest: most characters of a `text` or `code`.
        default: what an empty cell means; empty = nothing is said.
    """

    name: str
    type: Type
    title: Name
    example: str
    required: bool = False
    description: Name = Name()
    choices: tuple[Choice, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None
    above: Decimal | None = None
    places: int = 6
    longest: int = 200
    default: str = ""

    @property
    def personal(self) -> bool:
        """Return whether it is about a person: only a salted hash is accepted."""
        return self.type == "person"

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes of its choices, in the order declared."""
        return tuple(choice.code for choice in self.choices)


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that holds of a record or not; of an empty cell only `filled = false` holds.

    Attributes:
        one_of: codes, or `true` and `false`.
        filled: whether the cell says anything.
        least, most: of numbers, both allowed.
    """

    column: str
    one_of: tuple[str, ...] = ()
    filled: bool | None = None
    least: Decimal | None = None
    most: Decimal | None = None


class _Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What every rule says.

    Attributes:
        id: that a refusal names.
        field: the column that a refusal names.
        text: what must hold, in both languages.
        clause: of the text that it comes from; empty = the form asks for it.
        effect: whether a record that breaks it is refused, or only flagged.
        when: the rule holds only of records of which all of these hold.
    """

    id: str
    field: str
    text: Name
    clause: str = ""
    effect: Effect = "refuse"
    when: tuple[Condition, ...] = ()


class Implies(_Rule, frozen=True, tag="implies"):
    """Of records `when`, all of `then` hold."""

    then: tuple[Condition, ...]


class Iff(_Rule, frozen=True, tag="iff"):
    """All of `when` hold exactly where all of `then` do."""

    then: tuple[Condition, ...]


class Order(_Rule, frozen=True, tag="order"):
    """left <= right; `strict`: left < right. Empty cells break nothing."""

    left: str
    right: str
    strict: bool = False


class Same(_Rule, frozen=True, tag="same"):
    """Two cells are equal."""

    left: str
    right: str


class Differ(_Rule, frozen=True, tag="differ"):
    """Two cells differ."""

    left: str
    right: str


class Calendar(_Rule, frozen=True, tag="calendar"):
    """A date lies in the year or month that another cell names."""

    date: str
    period: str


class Within(_Rule, frozen=True, tag="within"):
    """From one date to the other there are at most so many days; the second must be known."""

    since: str
    until: str
    days: int


class Sum(_Rule, frozen=True, tag="sum"):
    """The amounts add up to more than `above`; empty cells are none."""

    columns: tuple[str, ...]
    above: Decimal


class Product(_Rule, frozen=True, tag="product"):
    """|product - the two factors multiplied| <= tolerance x what they make."""

    product: str
    factors: tuple[str, str]
    tolerance: Decimal


class Criterion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which amount each grade but the mildest begins."""

    column: str
    least: tuple[Decimal, ...]


class Grade(_Rule, frozen=True, tag="grade"):
    """The reported grade is the worst that any criterion gives; empty cells give none."""

    grades: tuple[str, ...]
    criteria: tuple[Criterion, ...]


class AsPrinted(_Rule, frozen=True, tag="as_printed"):
    """A factor of energy is that of the text it is said to come from (`targets/factors.py`)."""


Rule = Implies | Iff | Order | Same | Differ | Calendar | Within | Sum | Product | Grade | AsPrinted


class SetRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule between the records of a schema; judged by `standing.py`, never at intake.

    Attributes:
        kind: `consecutive`: the whole numbers of a group are 1, 2, 3, ... ; `monotone`: the place in `order` never
            falls along the group's `along`; `jump_needs`: a rise of more than `step` along it needs `needs` filled.
        by: columns whose equal values make a group.
        column: that is judged.
        along: date column that puts a group in order.
        order: codes of `column` from low to high (`monotone`).
    """

    id: str
    kind: Literal["consecutive", "monotone", "jump_needs"]
    by: tuple[str, ...]
    column: str
    text: Name
    clause: str = ""
    along: str = "event_date"
    order: tuple[str, ...] = ()
    step: int = 1
    needs: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that it looks at."""
        return (*self.by, self.column, self.along, *([self.needs] if self.needs else []))


class Schema(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One kind of record.

    Attributes:
        natural_key: columns by which two records are about the same thing.
        due_days: days after the period's end by which it is to be filed; later is kept and flagged `late`.
        examples: of the columns that every record has, where the schema's own differ.
        columns: those that every record has among them, first.
        rules: of one record, the common ones first.
    """

    id: str
    version: int
    title: Name
    description: Name
    natural_key: tuple[str, ...]
    due_days: int = 30
    examples: Mapping[str, str] = {}
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()
    set_rules: tuple[SetRule, ...] = ()

    @property
    def tag(self) -> str:
        """Return what the column `schema` of its records says: `R_ps/1`."""
        return f"{self.id}/{self.version}"

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of its columns, in the order of the form."""
        return tuple(column.name for column in self.columns)

    @property
    def own(self) -> tuple[Column, ...]:
        """Return the columns that not every record has."""
        return self.columns[len(common().columns) :]

    @property
    def own_rules(self) -> tuple[Rule, ...]:
        """Return the rules of one record that not every record has."""
        return self.rules[len(common().rules) :]

    def column(self, name: str) -> Column:
        """Return a column by its name.

        Raises:
            UsageError: it has none of that name.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise UsageError(f"{self.id} has no column {name!r}", f"known are {', '.join(self.names)}")


class Common(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every record has."""

    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]


@cache
def common() -> Common:
    """Return the columns and rules that every record has."""
    return shipped_table(PACKAGE, "schemas/common.toml", Common)


@cache
def schemas() -> Mapping[str, Schema]:
    """Return all schemas by id, in the order of their ids.

    Raises:
        InputError: a table breaks its own schema; the message names the place.
    """
    names = sorted(
        item.name for item in (files(PACKAGE) / "schemas").iterdir() if re.fullmatch(r"R_[a-z]+\.toml", item.name)
    )
    return {name.removesuffix(".toml"): _load(name) for name in names}


def schema(name: str) -> Schema:
    """Return a schema by its id.

    Raises:
        UsageError: there is none of that id.
    """
    found = schemas().get(name)
    if found is None:
        raise UsageError(f"no schema {name!r}", f"known are {', '.join(schemas())}")
    return found


def _load(name: str) -> Schema:
    own = shipped_table(PACKAGE, f"schemas/{name}", Schema)
    shared = tuple(_of_schema(column, own) for column in common().columns)
    whole = msgspec.structs.replace(own, columns=shared + own.columns, rules=common().rules + own.rules)
    problems = list(_problems(whole, name))
    if problems:
        raise InputError("\n".join(problems), "mend the table at the place named")
    return whole


def _of_schema(column: Column, one: Schema) -> Column:
    """Return a column that every record has, as a schema has it: the only `schema` is its tag."""
    if column.name == "schema":
        only = Choice(code=one.tag, zh=one.title.zh, en=one.title.en)
        return msgspec.structs.replace(column, type="choice", choices=(only,), example=one.tag)
    return msgspec.structs.replace(column, example=one.examples.get(column.name, column.example))


def _problems(one: Schema, file: str) -> Iterator[str]:
    """Yield what the structs alone cannot see: names and codes that point nowhere, and would never be noticed."""
    if f"{one.id}.toml" != file:
        yield f"{file}: id is {one.id!r}"
    names = set(one.names)
    if len(names) < len(one.columns):
        yield f"{file}: a column is declared twice"
    for column in one.columns:
        if (column.type == "choice") != bool(column.choices):
            yield f"{file}: column {column.name}: choices belong to the type `choice`, and it needs them"
    used: dict[str, Sequence[str]] = {"natural_key": one.natural_key, "examples": tuple(one.examples)}
    used |= {f"rule {rule.id}": columns_of(rule) for rule in one.rules}
    used |= {f"set rule {rule.id}": rule.columns for rule in one.set_rules}
    nowhere = [(place, column) for place, columns in used.items() for column in columns if column not in names]
    for place, unknown in nowhere:
        yield f"{file}: {place}: no column {unknown!r}"
    ids = [rule.id for rule in (*one.rules, *one.set_rules)]
    for twice in {name for name in ids if ids.count(name) > 1}:
        yield f"{file}: rule {twice} is declared twice"
    if not nowhere:
        yield from (f"{file}: {problem}" for problem in _code_problems(one))


def _code_problems(one: Schema) -> Iterator[str]:
    """Yield codes of rules that their column cannot say."""
    named: list[tuple[str, str, tuple[str, ...]]] = []
    for rule in one.rules:
        conditions = rule.when + (rule.then if isinstance(rule, Implies | Iff) else ())
        named += [(rule.id, condition.column, condition.one_of) for condition in conditions]
        if isinstance(rule, Grade):
            named.append((rule.id, rule.field, rule.grades))
    named += [(rule.id, rule.column, rule.order) for rule in one.set_rules]
    for name, place, codes in named:
        column = one.column(place)
        known = ("true", "false") if column.type == "bool" else column.codes
        for code in [code for code in codes if code not in known]:
            yield f"rule {name}: {place} is never {code!r}"


def columns_of(rule: Rule) -> tuple[str, ...]:
    """Return the columns that a rule looks at, each once, the one that a refusal names first."""
    named: list[str] = [rule.field, *(condition.column for condition in rule.when)]
    match rule:
        case Implies() | Iff():
            named += [condition.column for condition in rule.then]
        case Order() | Same() | Differ():
            named += [rule.left, rule.right]
        case Calendar():
            named += [rule.date, rule.period]
        case Within():
            named += [rule.since, rule.until]
        case Sum():
            named += rule.columns
        case Product():
            named += [rule.product, *rule.factors]
        case AsPrinted():
            named += FACTOR
        case Grade():
            named += [criterion.column for criterion in rule.criteria]
    return tuple(dict.fromkeys(named))
