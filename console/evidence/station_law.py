"""The law of a source or an outlet as the page shows it: the table's name, its rows with clause and certainty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.evidence.classes import class_word
from console.evidence.station_items import bound_text, item_names
from console.evidence.view import Law, Limit
from console.evidence.words import Words
from console.web.words import DASH
from qualicity.standards.load import standard
from qualicity.units import printed

Node = Mapping[str, Any]


def law_views(tree: Node, words: Words) -> list[Law]:
    """Return the law of a tree; of a city's rate what the rate is."""
    if "rate" in tree:
        return [_rate(tree["rate"], words)]
    if "law" not in tree:
        return []
    law = tree["law"]
    own = {**law, "limits": [row for row in law["limits"] if row["parameter"] in tree.get("items", {})]}
    return [_classes(own, words) if "classes" in law else _limits(own, words)]


def _rate(rate: Node, words: Words) -> Law:
    return Law(
        line=words("rate_line", standard=rate["standard"], weight=words(f"weight_{rate['weight']}")),
        title=words.name(standard(rate["standard"]).title, ""),
        certainty=rate["certainty"],
        certainty_word=words(f"known_{rate['certainty']}"),
        hash="",
        limits=[],
    )


def _classes(law: Node, words: Words) -> Law:
    body, target = words(f"body_{law['body']}"), class_word(law["target"], words)
    return Law(
        line=words("classes_line", standard=law["standard"], body=body, target=target, rules=law["assessment"]["id"]),
        title=words.name(standard(law["standard"]).title, ""),
        certainty=law["certainty"],
        certainty_word=words(f"known_{law['certainty']}"),
        hash=law["table_hash"],
        limits=[_limit(row, row["target"], row["unit"], _class_rule(row, words), words) for row in law["limits"]],
        head="limits_and_clauses",
    )


def _class_rule(row: Node, words: Words) -> str:
    parts = [words(f"group_{row['group']}")]
    if not row["counts"]:
        parts.append(words("decides_nothing"))
    return " · ".join([*parts, words(f"known_{row['certainty']}")])


def _limits(law: Node, words: Words) -> Law:
    return Law(
        line=words("limits_line", standard=law["standard"], grade=law["grade"], rules=law["validity"]["id"]),
        title=words.name(standard(law["standard"]).title, ""),
        certainty=law["certainty"],
        certainty_word=words(f"known_{law['certainty']}"),
        hash=law["table_hash"],
        limits=[_limit(row, row, row["unit"], _outlet_rule(law, row, words), words) for row in law["limits"]],
        head="limits_and_clauses",
    )


def _outlet_rule(law: Node, row: Node, words: Words) -> str:
    parts = [words(f"period_{row['period']}")]
    if row["cold"] is not None:
        parts.append(words("cold" if row["cold"] else "warm", degrees=law["cold_at_most"]))
    if row["origin"] != law["standard"]:
        parts.append(words("permit", document=row["origin"]))
    return " · ".join([*parts, words(f"known_{row['certainty']}")])


def _limit(row: Node, bound: Node | None, unit: str, rule: str, words: Words) -> Limit:
    text = DASH if bound is None else bound_text(bound, words) or DASH
    return Limit(item_names(row["parameter"], words)[0], rule, f"{text} {printed(unit)}".strip(),
                 words.clause(row["clause"] or "") or DASH)  # fmt: skip
