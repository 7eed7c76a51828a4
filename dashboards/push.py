"""Grafana over its API, by grafana-client: the only module that knows it (extra `[grafana]`, its own environment)."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from qualicity.errors import Permanent, QualicityError, Retryable, UsageError
from qualicity.store.influx import Series

SOURCE = "qualicity"
"""Uid and name of the data source, and uid of the folder."""

FOLDER_TITLE = "Qualicity"
_SERVER_ERRORS = 500
_CONFLICTS = (409, 412)


@dataclass(frozen=True)
class Database:
    """What Grafana must know of InfluxDB."""

    url: str  # as Grafana reaches it
    bucket: str
    token: str = ""  # that may only read (2.x, 3.x)
    username: str = ""  # who may only read (1.x)
    password: str = ""


class Grafana:
    """One Grafana.

    Args:
        url: of it.
        token: of a service account that may edit dashboards and data sources.

    Raises:
        UsageError: grafana-client is not installed here.
    """

    def __init__(self, url: str, token: str) -> None:
        try:
            self._library = importlib.import_module("grafana_client")
        except ModuleNotFoundError as error:
            raise UsageError(
                "grafana-client is not installed here",
                "in an environment of its own: pip install 'qualicity[grafana]' (it replaces InfluxDB's urllib3)",
            ) from error
        self._api = self._library.GrafanaApi.from_url(url, credential=_credential(token))
        self._url = url

    # what is there

    def dashboard(self, uid: str) -> dict[str, Any] | None:
        """Return a dashboard's model, or None when there is none of that uid."""
        with self._translated(missing=True):
            model: dict[str, Any] = self._api.dashboard.get_dashboard(uid)["dashboard"]
            return model
        return None

    def run(self, query: str) -> list[Series]:
        """Run InfluxQL through the data source, as a panel would; return the series, times in ms."""
        asked = {
            "refId": "A",
            "datasource": {"type": "influxdb", "uid": SOURCE},
            "rawQuery": True,
            "query": query,
            "resultFormat": "time_series",
        }
        body = {"queries": [asked], "from": "0", "to": "1"}  # the query says its own times
        with self._translated():
            result = self._api.client.POST("/ds/query", json=body)["results"]["A"]
        if result.get("error"):
            raise Permanent(f"Grafana: {result['error']}", "see the data source `qualicity` in Grafana")
        return _series(result.get("frames", []))

    # what is made

    def ensure_source(self, database: Database) -> str:
        """Make the data source, or bring it up to date; it is never deleted: alerts hang on its uid."""
        wanted = _source(database)
        with self._translated(missing=True):
            known = self._api.datasource.get_datasource_by_uid(SOURCE)
            if known.get("readOnly"):
                return "provisioned"
            self._api.datasource.update_datasource_by_uid(SOURCE, wanted)
            return "updated"
        with self._translated():
            self._api.datasource.create_datasource(wanted)
        return "made"

    def push(self, model: Mapping[str, Any]) -> int:
        """Write a dashboard into our folder; return its version.

        Raises:
            Permanent: Grafana keeps it for its provisioning, or has put it over another one.
        """
        with self._translated(missing=True):
            self._api.folder.get_folder(SOURCE)
            return self._push(model)
        with self._translated():
            self._api.folder.create_folder(FOLDER_TITLE, SOURCE)
        return self._push(model)

    def _push(self, model: Mapping[str, Any]) -> int:
        body = {"dashboard": {**model, "id": None}, "folderUid": SOURCE, "overwrite": True, "message": "qualicity"}
        with self._translated():
            answer = self._api.dashboard.update_dashboard(body)
        if answer["uid"] != model["uid"]:  # equal slugs: seen to replace another dashboard and to answer success
            raise Permanent(
                f"Grafana wrote {model['uid']} over {answer['uid']}",
                "give the other dashboard a title of its own, then push again",
            )
        return int(answer["version"])

    @contextmanager
    def _translated(self, *, missing: bool = False) -> Iterator[None]:
        """Raise the client's errors as ours; with `missing`, what is not there ends the block in silence."""
        client = self._library.client
        try:
            yield
        except client.GrafanaException as error:
            status = int(error.status_code or 0)
            if not (missing and status == 404):
                raise _refusal(self._url, status, str(error.message)) from error
        except OSError as error:  # niquests' errors are OSErrors
            raise Retryable(
                f"Grafana at {self._url} does not answer: {error}", "start it, or see grafana.url"
            ) from error


def _credential(token: str) -> Any:
    """Return what the client takes: a token, or `user:password` of a Grafana without one."""
    user, colon, password = token.partition(":")
    return (user, password) if colon else token


def _refusal(url: str, status: int, words: str) -> QualicityError:
    text = f"Grafana at {url} answers {status}: {words}"
    if status >= _SERVER_ERRORS or status == 429:
        return Retryable(text, "try again")
    if status in {401, 403}:
        return Permanent(text, "see grafana.token_file: a service account that may edit dashboards and data sources")
    if "provisioned" in words.lower():
        return Permanent(text, "it is provisioned from files: change those, or take them away before pushing")
    if status in _CONFLICTS or "same as folder" in words:
        return Permanent(text, "rename the folder or dashboard that has this name already, then push again")
    return Permanent(text, "see Grafana's log")


def _source(database: Database) -> dict[str, Any]:
    source: dict[str, Any] = {
        "uid": SOURCE,
        "name": SOURCE,
        "type": "influxdb",
        "access": "proxy",
        "url": database.url,
        "database": database.bucket,
        "isDefault": True,
        "jsonData": {"dbName": database.bucket, "httpMode": "GET", "timeInterval": "10s"},
    }
    if database.username:
        return source | {"user": database.username, "secureJsonData": {"password": database.password}}
    if database.token:
        source["jsonData"]["httpHeaderName1"] = "Authorization"
        source["secureJsonData"] = {"httpHeaderValue1": f"Token {database.token}"}
    return source


def _series(frames: Sequence[Mapping[str, Any]]) -> list[Series]:
    """Return Grafana's frames as series: one frame a series and field, named `measurement.field`."""
    merged: dict[tuple[str, tuple[tuple[str, str], ...]], dict[tuple[int, Any], dict[str, Any]]] = {}
    names: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
    for frame in frames:
        fields, values = frame["schema"]["fields"], frame["data"]["values"]
        if not values:
            continue
        for field, column in zip(fields[1:], values[1:], strict=True):
            labels = tuple(sorted((field.get("labels") or {}).items()))
            full = (field.get("config") or {}).get("displayNameFromDS") or frame["schema"].get("name") or field["name"]
            measurement, _, name = full.partition(" {")[0].partition(".")
            key = (measurement, labels)
            rows = merged.setdefault(key, {})
            names.setdefault(key, []).append(name)
            for place, value in zip(enumerate(values[0]), column, strict=True):
                rows.setdefault(place, {})[name] = value
    return [
        Series(
            measurement,
            dict(labels),
            ["time", *names[measurement, labels]],
            [[time, *(row.get(name) for name in names[measurement, labels])] for (_, time), row in rows.items()],
        )
        for (measurement, labels), rows in merged.items()
    ]
