"""InfluxDB 1.x, 2.x and 3.x behind one interface: the only module that imports its client.

Written are lines of line protocol with times in ms, read is InfluxQL, the only language that all three speak.
Which version answers is asked, not set. Requests are sent once: who calls decides what is tried again.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import urllib3
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException
from numpy.typing import NDArray

from qualicity.errors import Permanent, QualicityError, Retryable
from qualicity.store.durable import Closes
from qualicity.store.influx_answers import Answer, Outcome, classify, message, no_answer
from qualicity.store.influx_arrays import NO_RESULTS, arrays, decode

NO_DELETE = 3
"""Major version from which on there is no way to delete points."""

_TEXT = "text/plain; charset=utf-8"
_JSON = "application/json"
_CONNECT_MS = 5_000
_READ_BYTES = 1 << 20
_NO_ANSWER = (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError)


@dataclass(frozen=True)
class Address:
    """Where a database is and with what right it is used.

    A token is for 2.x and 3.x; user and password are for 1.x.
    """

    url: str
    bucket: str  # the database of 1.x and 3.x
    org: str = ""
    token: str = ""
    username: str = ""
    password: str = ""
    timeout: float = 10.0  # s, of one request


class Series(NamedTuple):
    """Rows of one series of an InfluxQL answer: times in ms, texts and numbers as the server wrote them."""

    name: str
    tags: Mapping[str, str]  # of GROUP BY
    columns: Sequence[str]
    rows: list[list[Any]]

    def column(self, name: str) -> list[Any]:
        """Return the values of a column."""
        at = self.columns.index(name)
        return [row[at] for row in self.rows]


class Influx(Closes):
    """One database.

    Raises (every method that asks the server):
        Retryable: it does not answer, or says that it cannot now.
        Permanent: it answers that it will not: a wrong token, no such database, a query that it cannot read.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        basic = f"{address.username}:{address.password}" if address.username else ""
        self._client = InfluxDBClient(
            url=address.url,
            org=address.org,
            token=basic or address.token,
            auth_basic=bool(basic),
            timeout=(_CONNECT_MS, int(address.timeout * 1000)),
        )

    @cached_property
    def version(self) -> str:
        """Return the server's version, as `1.6.7`, `2.9.1` or `3.1.0`; asked once."""
        _, headers, body = self.request("GET", "/ping")
        found = headers.get("x-influxdb-version", "") or _json(body).get("version", "")
        if not found:
            found = _json(self.request("GET", "/health")[2]).get("version", "")
        match = re.match(r"v?(\d+(?:\.\d+)*)", str(found))
        if match is None:
            raise Permanent(
                f"{self.address.url} answers, but not as an InfluxDB does", "see influx.url in the settings"
            )
        return match[1]

    @property
    def major(self) -> int:
        """Return 1, 2 or 3."""
        return int(self.version.split(".", maxsplit=1)[0])

    # writing

    def write(self, lines: bytes) -> Answer:
        """Send lines (times in ms) in one request; return what became of them. Raises nothing for a refusal."""
        address = self.address
        try:
            if self.major == 1:
                path, query = "/write", {"db": address.bucket, "precision": "ms"}
            else:
                path, query = "/api/v2/write", {"org": address.org, "bucket": address.bucket, "precision": "ms"}
            self._call("POST", path, query, {"Content-Type": _TEXT}, lines)
        except ApiException as error:
            return _answer(error)
        except Permanent as error:  # it does not even say its version: 3.x tells it only to who has a token
            asked = error.__cause__
            return (
                _answer(asked) if isinstance(asked, ApiException) else Answer(Outcome.REFUSED, "refused", error.cause)
            )
        except (Retryable, *_NO_ANSWER) as error:
            return no_answer(str(error).partition("\n")[0])
        return classify(204, "", {})

    def delete(self, measurement: str, tags: Mapping[str, str], start: int, end: int) -> None:
        """Delete the points of a measurement with these tags in [start, end), ms UTC.

        Raises:
            Permanent: the server has no way to delete points (3.x Core).
        """
        if self.major >= NO_DELETE:
            raise Permanent(
                f"InfluxDB {self.version} cannot delete points",
                "`qualicity rebuild influx` into a new database mends it",
            )
        if self.major == 2:
            predicate = " AND ".join(
                f"{name}={_quoted(value)}" for name, value in [("_measurement", measurement), *tags.items()]
            )
            stop = _rfc3339(end - 1, "999999")  # what lies at the stop is deleted, too
            body = {"start": _rfc3339(start), "stop": stop, "predicate": predicate}
            query = {"org": self.address.org, "bucket": self.address.bucket}
            self.request("POST", "/api/v2/delete", query, body)
            return
        where = [f"{identifier(name)} = {text(value)}" for name, value in tags.items()]
        where += [f"time >= {start}ms", f"time < {end}ms"]
        self.execute(f"DELETE FROM {identifier(measurement)} WHERE {' AND '.join(where)}")  # noqa: S608 - escaped

    # reading

    def query(self, influxql: str) -> list[Series]:
        """Return the series of an InfluxQL SELECT or SHOW; times in ms."""
        found: list[Series] = []
        for result in _results(self._ask("GET", influxql)):
            for one in result.get("series", []):
                tags = {name: str(value) for name, value in (one.get("tags") or {}).items()}
                found.append(Series(one.get("name", ""), tags, one["columns"], one.get("values", [])))
        return found

    def execute(self, influxql: str) -> None:
        """Run an InfluxQL statement that changes something."""
        _results(self._ask("POST", influxql))

    def arrays(self, influxql: str, *, rows: int = 50_000) -> Iterator[dict[str, NDArray[Any]]]:
        """Yield the columns of a SELECT, at most `rows` rows at a time, without holding the whole answer.

        `time` is int64, ms UTC. Numbers are float64, NaN where there is none; whole numbers are exact up to 2^53.
        Texts and booleans are objects, None where there is none. Tags of GROUP BY are columns too, and no piece holds
        rows of two series. A column is taken for numbers until its first text, so one without any value is all NaN.
        """
        texts: set[str] = set()
        answered = False
        for line in self._lines(influxql, rows):
            answered = True
            try:
                chunk = decode(line)
            except ValueError as error:
                raise _told(f"not an answer: {error}") from error
            if chunk.problem:
                raise _told(chunk.problem)
            for part in chunk.parts():
                yield from arrays(part, texts, rows)
        if not answered:
            self.query(influxql)  # an empty body says neither that there are no rows nor that something is wrong

    def _lines(self, influxql: str, rows: int) -> Iterator[bytes]:
        """Yield the lines of a chunked answer as they arrive; only a line feed ends one."""
        query = {"db": self.address.bucket, "q": influxql, "epoch": "ms", "chunked": "true", "chunk_size": str(rows)}
        rest = b""
        with self._translated():
            response = self._call("GET", "/query", query, {"Accept": _JSON}, None, preload=False)
            try:
                for block in response.stream(_READ_BYTES):
                    *whole, rest = (rest + block).split(b"\n")
                    for line in whole:
                        yield line + b"\n"
            finally:
                response.close()  # who stops in the middle leaves a connection that nobody can use again
                response.release_conn()
        if rest:
            yield rest

    def _ask(self, method: str, influxql: str) -> str:
        return self.request(method, "/query", {"db": self.address.bucket, "q": influxql, "epoch": "ms"})[2]

    # the wire

    def request(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: object = None
    ) -> tuple[int, dict[str, str], str]:
        """Send one request with a JSON body or none; return status, headers (lower case) and text."""
        with self._translated():
            headers = {"Accept": _JSON, "Content-Type": _JSON if body is not None else _TEXT}
            response = self._call(method, path, query or {}, headers, body if body is not None else b"", preload=False)
            try:
                return response.status, {k.lower(): v for k, v in response.headers.items()}, response.data.decode()
            finally:
                response.release_conn()

    def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: object,
        *,
        preload: bool = True,
    ) -> Any:
        return self._client.api_client.call_api(  # type: ignore[no-untyped-call]
            path, method,
            query_params=list(query.items()), header_params=dict(headers), body=body, _preload_content=preload,
            _return_http_data_only=True,
        )  # fmt: skip

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """Raise the client's errors as ours."""
        try:
            yield
        except ApiException as error:
            raise self._refusal(error.status or 0, _body(error)) from error
        except _NO_ANSWER as error:
            raise Retryable(
                f"InfluxDB at {self.address.url} does not answer: {error}", "start it, or see influx.url"
            ) from error

    def _refusal(self, status: int, body: str) -> QualicityError:
        words = f"InfluxDB at {self.address.url} answers {status}: {message(body)}"
        if status in {0, 429} or status >= 500:
            return Retryable(words, "it is tried again")
        if status in {401, 403}:
            return Permanent(words, "see influx.token_file: a token with rights on this bucket")
        return Permanent(words, "`qualicity doctor` says what is missing")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()  # type: ignore[no-untyped-call]


def identifier(name: str) -> str:
    """Return a name as an InfluxQL identifier."""
    return _quoted(name)


def text(value: str) -> str:
    """Return a text as an InfluxQL literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _rfc3339(ms: int, ns: str = "000000") -> str:
    seconds, rest = divmod(ms, 1000)
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}{ns}Z"


def _answer(error: ApiException) -> Answer:
    return classify(error.status, _body(error), error.headers or {}) if error.status else no_answer(str(error))


def _body(error: ApiException) -> str:
    body = error.body if error.body is not None else getattr(error.response, "data", b"")
    return body.decode(errors="replace") if isinstance(body, bytes) else str(body or error.reason or "")


def _json(body: str) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _results(body: str) -> list[dict[str, Any]]:
    """Return the results of an answer.

    Raises:
        Permanent: it is an error inside a 200, as for an unknown database or a missing right; or no answer at all,
            as 2.x says `{}` to a DELETE that it does not run.
    """
    answer = _json(body)
    results: list[dict[str, Any]] | None = answer.get("results")
    if results is None:
        raise _told(answer.get("error") or NO_RESULTS)
    for result in results:
        if result.get("error"):
            raise _told(result["error"])
    return results


def _told(problem: str) -> Permanent:
    return Permanent(f"InfluxDB: {problem}", "`qualicity doctor` says what is missing")
