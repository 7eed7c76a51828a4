"""What benchmarks/records.py measures beside Qualicity: the same rules of the form R_ps, written with pandas.

python benchmarks/records_pandas.py FILE FOLDER
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from targets.departments import departments
from targets.records.known import districts

TODAY = pd.Timestamp.now().normalize()
CODE = r"[A-Za-z0-9][A-Za-z0-9._/:#-]*"
CHOICES = {
    "status": ["provisional", "final", "corrected", "withdrawn"],
    "scheme": [
        "natl_supervision", "natl_tracking", "provincial", "city_routine", "special", "complaint", "retest"
    ],
    "stage": ["production", "market", "online"],
    "firm_size": ["L", "M", "S", "micro"],
    "verdict": ["pass", "fail", "pending"],
    "nonconformity_class": ["A", "B", "C"],
    "objection": ["none", "filed", "upheld"],
}  # fmt: skip
CODES = ["record_id", "revises", "campaign_id", "product_code", "product_list", "lab_id", "tracking_panel_id"]
TEXTS = ["evidence_ref", "note", "brand", "lot_no", "standard_no"]
FLAGS = ["synthetic", "key_product", "safety_item_failed"]
DATES = ["period_start", "period_end", "event_date", "reported_at", "sampled_on"]
NUMBERS = {"sample_n": 1, "items_tested": 1, "items_failed": 0}
OPTIONAL = {
    "revises", "evidence_ref", "note", "synthetic", "brand", "seller_id", "items_tested", "items_failed",
    "nonconformity_class", "tracking_panel_id",
}  # fmt: skip
WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
ENGINE = "pyarrow"  # the faster one
KEY = ["campaign_id", "lot_no", "producer_id", "product_code"]


def distinct(column: pd.Series, accept: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """Judge each distinct text of a column once; return which rows are accepted."""
    codes, texts = pd.factorize(column)
    return pd.Series(np.asarray(accept(pd.Series(texts)), bool)[codes], index=column.index)


def organisation(texts: pd.Series) -> pd.Series:
    """Return which texts are organisation codes with the right check character."""
    shaped = texts.str.fullmatch(r"[0-9A-Z]{8}-?[0-9X]")
    body = texts.where(shaped, "000000000").str.replace("-", "")
    values = np.array([[int(character, 36) for character in text[:8]] for text in body])
    check = np.array(list("0123456789X0"))[11 - values @ WEIGHTS % 11]
    return shaped & (body.str[8].to_numpy() == check)


def read(file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the typed records that break no rule, and those that do with the first rule of each."""
    text = pd.read_csv(file, dtype=str, keep_default_na=False, engine=ENGINE)
    good = pd.Series(data=True, index=text.index)
    rule = pd.Series("", index=text.index)

    def need(holds: pd.Series, name: str) -> None:
        nonlocal good
        fresh = good & ~holds
        rule[fresh] = name
        good &= holds

    for name in text:
        if name not in OPTIONAL:
            need(distinct(text[name], lambda texts: texts != ""), f"{name} required")
    need(distinct(text["schema"], lambda texts: texts == "R_ps/1"), "schema")
    need(distinct(text["dept"], lambda texts: texts.isin(list(departments()))), "dept")
    need(distinct(text["district"], lambda texts: texts.isin(list(districts()))), "district")
    for name, codes in CHOICES.items():
        need(distinct(text[name], lambda texts, codes=codes: texts.isin(["", *codes])), name)
    for name in CODES:
        need(
            distinct(text[name], lambda texts: (texts == "") | texts.str.fullmatch(CODE) & (texts.str.len() <= 80)),
            name,
        )
    for name in TEXTS:
        need(distinct(text[name], lambda texts: (texts == texts.str.strip()) & (texts.str.len() <= 1000)), name)
    for name in FLAGS:
        need(distinct(text[name], lambda texts: texts.isin(["", "true", "false"])), name)
    need(distinct(text["producer_city"], lambda texts: texts.str.fullmatch(r"[1-9][0-9]{3}00")), "producer_city")
    need(distinct(text["producer_id"], organisation), "producer_id")
    need(distinct(text["seller_id"], lambda texts: (texts == "") | organisation(texts)), "seller_id")
    typed = text.copy()
    for name in DATES:
        codes, texts = pd.factorize(text[name])
        dates = pd.to_datetime(pd.Series(texts.astype(str)), format="%Y-%m-%d", errors="coerce")
        typed[name] = dates.to_numpy()[codes]
        need(typed[name].notna(), name)
    for name, least in NUMBERS.items():
        codes, texts = pd.factorize(text[name])
        numbers = pd.to_numeric(pd.Series(texts.astype(str)), errors="coerce")
        typed[name] = numbers.to_numpy()[codes]
        need((text[name] == "") | (typed[name] >= least) & (typed[name] % 1 == 0), name)
    failed, tested = typed["items_failed"], typed["items_tested"]
    judged = text["verdict"].isin(["pass", "fail"])
    revising = text["status"].isin(["corrected", "withdrawn"])
    need(typed["period_start"] <= typed["period_end"], "period_in_order")
    need(typed["event_date"].between(typed["period_start"], typed["period_end"]), "event_in_period")
    need(typed["event_date"] <= typed["reported_at"], "reported_after_event")
    need(typed["reported_at"] <= TODAY, "reported_in_future")
    need(revising == (text["revises"] != ""), "revises_named")
    need(text["revises"].astype(str) != text["record_id"].astype(str), "revises_another")
    need((text["verdict"] == "fail") == (failed >= 1), "fail_has_failed_items")
    need(~judged | failed.notna() & tested.notna(), "judged_has_items")
    need(~(failed > tested), "failed_within_tested")
    need(typed["event_date"] == typed["sampled_on"], "event_is_sampling")
    need((text["objection"] != "upheld") | revising, "upheld_is_corrected")
    need((text["safety_item_failed"] != "true") | (failed >= 1), "safety_item_is_failed")
    need((text["nonconformity_class"] == "") | (text["verdict"] == "fail"), "class_only_of_failed")
    need((text["scheme"] != "natl_tracking") | (text["tracking_panel_id"] != ""), "tracking_has_panel")
    return typed[good], text[~good].assign(rule=rule[~good])


def counting(records: pd.DataFrame) -> pd.DataFrame:
    """Return the records that count: revisions in place of what they revise, withdrawals, one record a batch."""
    records = records.sort_values(["reported_at", "record_id"]).drop_duplicates("record_id")
    revising = records[records["revises"] != ""].drop_duplicates("revises", keep="last")
    on_file = (records["revises"] == "") | records["revises"].isin(records["record_id"])
    revised = records["record_id"].isin(revising["revises"])
    standing = records[on_file & ~revised & (records["status"] != "withdrawn")]
    original = standing["revises"].astype(str).where(standing["revises"] != "", standing["record_id"].astype(str))
    reported = records.set_index(records["record_id"].astype(str))["reported_at"]
    ranked = standing.assign(original=original, first=reported.reindex(original).to_numpy())
    return ranked.sort_values(["first", "original"]).drop_duplicates(KEY)


def main() -> None:
    """Read, keep, rate; print passed and inspected batches of key products of the market by year."""
    file, folder = sys.argv[1], Path(sys.argv[2])
    good, refused = read(file)
    good.to_parquet(folder / "good.parquet", compression="zstd")
    refused.to_parquet(folder / "refused.parquet", compression="zstd")
    counted = counting(good)
    rated = counted[
        (counted["stage"] == "market") & (counted["key_product"] == "true")
        & ~counted["scheme"].isin(["complaint", "retest"]) & counted["verdict"].isin(["pass", "fail"])
    ]  # fmt: skip
    passed = (rated["verdict"] == "pass").groupby(rated["sampled_on"].dt.year).agg(["sum", "count"])
    print(json.dumps({str(year): [int(one["sum"]), int(one["count"])] for year, one in passed.iterrows()}))


if __name__ == "__main__":
    main()
