"""What must be there before lines are written: bucket or database, its retention, its name in InfluxQL, tokens.

Made by an administrator (`doctor --mend`), looked at by anybody (`doctor`).
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any, Literal

from qualicity.errors import Permanent
from qualicity.periods import DAY_MS
from qualicity.store.influx import Influx, identifier

_DAY_SECONDS = DAY_MS // 1000
_PAGE = 100
_DURATION = re.compile(r"(\d+)([wdhms])")
_SECONDS = {"w": 7 * _DAY_SECONDS, "d": _DAY_SECONDS, "h": 3600, "m": 60, "s": 1}


def prepare(admin: Influx, retention_days: int) -> Iterator[str]:
    """Make what is missing of the database that `admin` names; yield what was made or changed, one line each.

    Args:
        admin: with the right to make databases.
        retention_days: how long points are kept; 0 = for ever.

    Raises:
        Retryable: the server does not answer.
        Permanent: it refuses, as without the right.
    """
    match admin.major:
        case 1:
            yield from _prepare_1(admin, retention_days)
        case 2:
            yield from _prepare_2(admin, retention_days)
        case _:
            yield from _prepare_3(admin, retention_days)


def retention_days(influx: Influx) -> int | None:
    """Return how long the database keeps points, in whole days; 0 = for ever, None = it does not say."""
    match influx.major:
        case 1:
            return _policy(influx)[1] // _DAY_SECONDS
        case 2:
            bucket = _bucket(influx)
            return None if bucket is None else _kept(bucket) // _DAY_SECONDS
        case _:
            return None


def make_token(admin: Influx, right: Literal["write", "read"]) -> str:
    """Return a new token of 2.x with one right on the bucket, and no other."""
    bucket = _bucket(admin)
    if bucket is None:
        raise Permanent(f"bucket {admin.address.bucket} does not exist", "`qualicity doctor --mend` makes it")
    resource = {"type": "buckets", "id": bucket["id"], "orgID": bucket["orgID"]}
    body = {
        "orgID": bucket["orgID"],
        "description": f"qualicity {right} {admin.address.bucket}",
        "permissions": [{"action": right, "resource": resource}],
    }
    return str(_answer(admin, "POST", "/api/v2/authorizations", body=body)["token"])


# 1.x


def _prepare_1(admin: Influx, days: int) -> Iterator[str]:
    name = admin.address.bucket
    if [name] not in [row for series in admin.query("SHOW DATABASES") for row in series.rows]:
        admin.execute(f"CREATE DATABASE {identifier(name)}")
        yield f"database {name} made"
    policy, kept = _policy(admin)
    if kept != days * _DAY_SECONDS:
        duration = f"DURATION {f'{days}d' if days else 'INF'} SHARD DURATION {_shard_seconds(days)}s"
        admin.execute(f"ALTER RETENTION POLICY {identifier(policy)} ON {identifier(name)} {duration}")
        yield f"database {name} keeps {_words(days)}"


def _policy(influx: Influx) -> tuple[str, int]:
    """Return the name of the default retention policy, and for how many seconds it keeps points (0 = for ever)."""
    for series in influx.query(f"SHOW RETENTION POLICIES ON {identifier(influx.address.bucket)}"):
        for row in series.rows:
            policy = dict(zip(series.columns, row, strict=True))
            if policy["default"]:
                parts = _DURATION.findall(policy["duration"])
                return policy["name"], sum(int(count) * _SECONDS[unit] for count, unit in parts)
    raise Permanent(
        f"database {influx.address.bucket} has no default retention policy",
        f"ALTER RETENTION POLICY ... ON {identifier(influx.address.bucket)} DEFAULT",
    )


# 2.x


def _prepare_2(admin: Influx, days: int) -> Iterator[str]:
    name, seconds = admin.address.bucket, days * _DAY_SECONDS
    kept = {"type": "expire", "everySeconds": seconds, "shardGroupDurationSeconds": _shard_seconds(days)}
    rules = [kept]  # also for ever: without a rule a bucket stays as it is
    bucket = _bucket(admin)
    if bucket is None:
        body = {"orgID": _organisation(admin), "name": name, "retentionRules": rules}
        bucket = _answer(admin, "POST", "/api/v2/buckets", body=body)
        yield f"bucket {name} made, keeps {_words(days)}"
    elif _kept(bucket) != seconds:
        _answer(admin, "PATCH", f"/api/v2/buckets/{bucket['id']}", body={"retentionRules": rules})
        yield f"bucket {name} keeps {_words(days)}"
    owner = {"orgID": bucket["orgID"], "bucketID": bucket["id"]}
    mapped = _answer(admin, "GET", "/api/v2/dbrps", owner).get("content") or []
    if not any(one["database"] == name and one["default"] for one in mapped):
        mapping = {"database": name, "retention_policy": "autogen", "default": True}
        _answer(admin, "POST", "/api/v2/dbrps", body=owner | mapping)
        yield f"bucket {name} has a name in InfluxQL"


def _bucket(influx: Influx) -> dict[str, Any] | None:
    """Return the bucket; asked for by its name, one that is missing would be an error like any other."""
    for offset in itertools.count(0, _PAGE):
        page = {"org": influx.address.org, "limit": str(_PAGE), "offset": str(offset)}
        buckets: list[dict[str, Any]] = _answer(influx, "GET", "/api/v2/buckets", page)["buckets"]
        for bucket in buckets:
            if bucket["name"] == influx.address.bucket:
                return bucket
        if len(buckets) < _PAGE:
            break
    return None


def _shard_seconds(days: int) -> int:
    """Return how long a shard is, as InfluxDB chooses it by itself; one longer than the retention is refused."""
    if not days or days > 180:
        return 7 * _DAY_SECONDS
    return _DAY_SECONDS if days >= 2 else 3600


def _kept(bucket: dict[str, Any]) -> int:
    return sum(rule["everySeconds"] for rule in bucket["retentionRules"] if rule["type"] == "expire")


def _organisation(admin: Influx) -> str:
    found = _answer(admin, "GET", "/api/v2/orgs", {"org": admin.address.org})
    return str(found["orgs"][0]["id"])


# 3.x


def _prepare_3(admin: Influx, days: int) -> Iterator[str]:
    name, path = admin.address.bucket, "/api/v3/configure/database"
    known = json.loads(admin.request("GET", path, {"format": "json"})[2])
    if name not in {one.get("iox::database") for one in known}:
        admin.request("POST", path, body={"db": name, **({"retention_period": f"{days}d"} if days else {})})
        yield f"database {name} made, keeps {_words(days)}"


def _answer(
    influx: Influx, method: str, path: str, query: dict[str, str] | None = None, body: object = None
) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(influx.request(method, path, query, body)[2])
    return answer


def _words(days: int) -> str:
    return f"{days} days" if days else "everything"
