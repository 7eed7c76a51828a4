"""What a site can set: `qualicity.toml`, overridden by the environment (`QUALICITY_MQTT__URL=...`).

Secrets come only from the environment or from files named here; they are never written into the data folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, IPvAnyNetwork, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from qualicity import parameters
from qualicity.errors import InputError

Url = Annotated[str, Field(pattern=r"^(https?://\S+)?$")]
"""http:// or https://, with host and port; empty = none."""

LEAST_MONTHS = 13
"""Readings are kept so long at least, or for ever."""


ReadyCheck = Literal["collector", "archive", "aggregator", "targets", "alerting", "notices", "influx", "disk", "clock"]
"""A check of /readyz."""


class _Section(BaseModel, extra="forbid"):
    """A table of the settings file; unknown keys fail the start."""


class MqttSettings(_Section):
    """The broker and the session with it."""

    url: str = "mqtt://127.0.0.1:1883"
    """mqtt:// or mqtts://, with host and port; empty = readings come by other ways only."""
    protocol: int = Field(default=5, ge=4, le=5)
    """5 = MQTT 5, 4 = MQTT 3.1.1."""
    client_id: str = "qualicity-collector"
    username: str = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    ca_file: Path | None = None
    """For mqtts://: whose certificates are believed; None = those that the system believes."""
    cert_file: Path | None = None
    """Our certificate (PEM), where the broker asks for one."""
    key_file: Path | None = None
    """Its key, without a passphrase; None = it stands in cert_file."""
    probe_username: str = ""
    """A station's user; `doctor` tries whether it may speak for another station."""
    probe_password_file: Path | None = None
    topic: str = "{city}/{medium}/{station}/{parameter}"
    """Pattern of topics; without its last level, payloads carry several parameters."""
    session_expiry: int = 7 * 86_400
    """s for which the broker keeps our session while we are away."""
    receive: Literal["bulk", "plain"] = "bulk"
    """How messages are read: in bulk, or one at a time by paho-mqtt alone."""
    receive_maximum: int = Field(default=10_000, ge=1, le=65_535)
    """Messages that MQTT 5 lets be on their way to us without acknowledgement."""
    keepalive: int = 60


class JournalSettings(_Section):
    """Group commit and sealing."""

    commit_messages: int = 10_000
    """Commit when so many messages wait."""
    commit_age: float = 0.05
    """Commit when the oldest waiting message is so old, s."""
    seal_rows: int = 1_000_000
    """Seal to Parquet when the journal holds so many rows."""
    seal_age: float = 3600.0
    """Seal when the oldest row of the journal is so old, s."""
    most_rows: int = Field(default=20_000_000, ge=1)
    """Take no more readings while so many wait for sealing: it fails, or has fallen behind."""


class ArchiveSettings(_Section):
    """Upkeep of the archive."""

    compact_at: str = Field(default="03:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    """When sealed files are merged into one a month, and what is too old is removed, every day (+08:00)."""
    keep_months: int = Field(default=0, ge=0)
    """Remove readings of months (UTC) that ended longer ago; 0 = keep all. Verdicts are kept in any case."""
    reserve_bytes: int = Field(default=67_108_864, ge=0)
    """Take no more readings when less is free on the disk: sealing needs room to make room in the journal."""

    @field_validator("keep_months")
    @classmethod
    def _long_enough(cls, months: int) -> int:
        if 0 < months < LEAST_MONTHS:
            raise ValueError(f"a year must be judged before its readings go: 0, or {LEAST_MONTHS} and more")
        return months


class ApiSettings(_Section):
    """The loopback page, health and metrics."""

    host: str = "127.0.0.1"
    port: int = 8414
    ready_needs: tuple[ReadyCheck, ...] = ("collector", "aggregator", "alerting")
    """Checks without which `/readyz` answers 503; the others inform."""
    anonymous: Literal["viewer", "none"] | None = None
    """What whoever is not signed in may do: look, or nothing. None = look where only this machine can ask."""
    session_hours: float = Field(default=12.0, gt=0, le=720)
    """After that somebody who signed in signs in again."""
    idle_hours: float = Field(default=2.0, gt=0, le=720)
    """Likewise after so long without a request."""
    upload_bytes: int = Field(default=67_108_864, ge=1_048_576)
    """Largest file of records that is taken; any other body may have 1 MiB."""
    proxy_networks: tuple[IPvAnyNetwork, ...] = ()
    """Addresses of proxies whose headers are believed; empty = of nobody."""
    proxy_user_header: str = Field(default="", pattern=r"^[A-Za-z0-9-]{0,64}$")
    """Header in which such a proxy says who has signed in with it; empty = none."""


class Hj212Settings(_Section):
    """The gateway for data loggers that speak HJ 212 over TCP: plain text with a weak password."""

    host: str = "127.0.0.1"
    """Where it listens: loopback, or an address of a VPN."""
    port: int = Field(default=0, ge=0, le=65_535)
    """0 = there is no gateway."""
    networks: tuple[IPvAnyNetwork, ...] = tuple(
        ip_network(text)
        for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
    )
    """Where loggers may come from; `addresses` of a logger narrows it. Default: private networks."""
    secrets_file: Path | None = None
    """Passwords and keys of the loggers. None = no password is compared."""
    connections: int = Field(default=4_000, ge=1)
    """At once, in all."""
    connections_per_address: int = Field(default=64, ge=1)
    first_frame: float = Field(default=30.0, gt=0)
    """s from connecting to a frame that says which logger it is."""
    frame_seconds: float = Field(default=20.0, gt=0)
    """s in which a frame must be whole once it has begun."""
    idle: float = Field(default=3_900.0, gt=0)
    """s without a frame after which a connection is closed: more than the longest real-time interval (3,600)."""
    frames_per_second: float = Field(default=50.0, gt=0)
    """Of one connection; what is more waits in the logger's network."""
    bytes_per_second: float = Field(default=65_536.0, gt=0)
    """Of one connection, likewise."""
    largest_frame: int = Field(default=8_192, ge=1_036)
    """Bytes."""
    in_flight: int = Field(default=64, ge=1)
    """Frames of one connection that wait for their commit."""
    waiting: int = Field(default=20_000, ge=1)
    """Frames of all connections that wait for their commit."""
    refused_in_a_row: int = Field(default=20, ge=1)
    """Refused frames after which a connection is closed."""
    letters_per_hour: int = Field(default=60, ge=0)
    """Refused frames kept as dead letters, of one address and reason; what is more is counted."""
    overtime: int = Field(default=10, ge=1, le=99_999)
    """s for an answer before a packet is sent again (table 1 of the standard); loggers are told it by 1000."""
    recount: int = Field(default=3, ge=0, le=99)
    """Times that a packet is sent again."""
    execution: float = Field(default=120.0, gt=0)
    """s for the result of a request that was answered."""
    busy: float = Field(default=60.0, gt=0)
    """s before a logger that says it is busy is asked again."""
    handshake: bool = True
    """Set time-outs, clock and intervals at the first connection of a logger."""
    handshake_hours: float = Field(default=24.0, gt=0)
    """A logger that comes back earlier is not set again."""
    clock_skew: float = Field(default=60.0, gt=0)
    """s by which a logger's clock may be wrong before it is set, at most once an hour."""
    history: bool = True
    """Ask for what is missing after an outage."""
    history_hours: int = Field(default=168, ge=1, le=8_784)
    """How far back hours are asked for."""
    history_minute_hours: int = Field(default=24, ge=1, le=8_784)
    """How far back minute data are asked for, in h, of loggers whose minute interval is declared."""
    history_piece: int = Field(default=24, ge=1)
    """Records asked for at once."""
    history_settle: float = Field(default=120.0, ge=0)
    """s after connecting, and after the end of a period, in which the logger may send what it has by itself."""
    history_per_minute: float = Field(default=60.0, gt=0)
    """Requests to all loggers."""
    history_tries: int = Field(default=2, ge=1)
    """Times that the same piece is asked for."""


class InfluxSettings(_Section):
    """InfluxDB, a copy of readings and verdicts for Grafana; without a URL there is none."""

    url: Url = ""
    """Empty = the embedded store alone."""
    org: str = "qualicity"
    """Organisation of 2.x."""
    bucket: str = "qualicity"
    """Bucket of 2.x, database of 1.x and 3.x."""
    token: SecretStr = SecretStr("")
    token_file: Path | None = None
    """Token that may write to the bucket (2.x, 3.x)."""
    read_token: SecretStr = SecretStr("")
    read_token_file: Path | None = None
    """Token that may only read: Grafana's, and that of `dashboards verify`."""
    admin_token_file: Path | None = None
    """Only for `doctor --mend`: makes the bucket and the two tokens above; `user:password` for 1.x."""
    username: str = ""
    """User of 1.x who may write."""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    read_username: str = ""
    """User of 1.x who may only read: Grafana's."""
    read_password: SecretStr = SecretStr("")
    read_password_file: Path | None = None
    retention_days: int = Field(default=0, ge=0)
    """How long the database keeps points; 0 = for ever. The archive keeps everything in any case."""
    batch_lines: int = Field(default=10_000, ge=1, le=20_000)
    """Lines of a request."""
    timeout: float = Field(default=10.0, gt=0)
    """s, of one request."""
    compare: tuple[str, ...] = ("GB3095-2012", "GB3095-2026", "GB3095-2026-2031")
    """Limit tables under which every day is shown beside the law in force."""


class InfluxMeasurement(_Section):
    """How the points of one measurement of a site's own database become readings."""

    measurement: str = Field(min_length=1)
    retention_policy: str = ""
    """Of 1.x; empty = the database's default one."""
    station: str = ""
    """The station of all points, or:"""
    station_tag: str = ""
    stations: dict[str, str] = {}
    """What the tag says -> id of the station; what is not here is an id itself."""
    value_field: str = ""
    """The field of the values, with the tag that names the parameter, or:"""
    parameter_tag: str = ""
    parameters: dict[str, str] = {}
    """What the tag says -> parameter; what is not here is an id, alias or HJ 212 code itself."""
    fields: dict[str, str] = {}
    """Field -> parameter, where each parameter has a field of its own."""
    unit: str = ""
    """Of all values, except those of the parameters in:"""
    units: dict[str, str] = {}
    """Parameter -> unit."""
    unit_tag: str = ""
    label: Literal["begin", "end"] | None = None
    """Which end of the period a point's time names; None = as each channel declares."""
    period: int | None = Field(default=None, ge=0, le=366 * 86_400)
    """s; None and no tag = 3600 for air, else the channel's expected interval."""
    period_tag: str = ""
    poc: int | None = Field(default=None, ge=1)
    """None and no tag = the lowest declared."""
    poc_tag: str = ""
    statistic_tag: str = ""
    """value, mean, min, max, total; without it: mean of a period, value of an instant."""
    flag_field: str = ""
    """The device's own flag, or:"""
    flag_tag: str = ""
    where: dict[str, str] = {}
    """Tag -> value: only points that have all of these."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        problems = list(self._problems())
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        """Yield what cannot be together."""
        if bool(self.station) == bool(self.station_tag):
            yield "give either station or station_tag"
        if bool(self.value_field) != bool(self.parameter_tag) or bool(self.value_field) == bool(self.fields):
            yield "give either value_field with parameter_tag, or fields"
        if bool(self.unit_tag) == bool(self.unit or self.units):
            yield "give either unit (or units), or unit_tag: a number without a unit is not taken"
        for one in ("period", "poc", "flag_field"):
            tag = f"{one.removesuffix('_field')}_tag"
            if getattr(self, one) not in {None, ""} and getattr(self, tag):
                yield f"give either {one} or {tag}"
        for text in (*self.fields.values(), *self.parameters.values(), *self.units):
            if parameters.resolve(text) is None:
                yield f"{text!r} is no parameter"


class InfluxImportSettings(_Section):
    """`import influx`: readings that a site keeps in an InfluxDB already."""

    url: Url = ""
    """Empty = influx.url, with the user and token of `[influx]`."""
    org: str = ""
    """Empty = influx.org."""
    bucket: str = ""
    """Empty = influx.bucket."""
    token: SecretStr = SecretStr("")
    token_file: Path | None = None
    """Token that may read the bucket (2.x, 3.x); none = that of `[influx]`, unless a URL is given here."""
    username: str = ""
    """User of 1.x; empty = that of `[influx]`, unless a URL is given here."""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    measurements: tuple[InfluxMeasurement, ...] = ()


class AlertingSettings(_Section):
    """Alarms: which rules, who is called, where links lead."""

    rules: Path | None = None
    """Path of the rules; default: rules.toml in the data folder, else the rules that ship."""
    oncall: Path | None = None
    """Who is called; default: oncall.toml in the data folder. Without it alarms are listed and nobody is told."""
    live_hours: float = Field(default=6.0, gt=0)
    """Readings older than this when they arrive are history: they raise no alarm and end none."""
    public_url: Url = ""
    """Where phones reach this service, through TLS: links of messages lead there. Empty = no links to it."""
    link_key_file: Path | None = None
    """Keys that sign the links of acknowledgement, one a line, the newest first. None = no such links."""
    link_hours: float = Field(default=24.0, gt=0)
    """How long such a link is good."""
    grafana_url: Url = ""
    """Where officers' browsers reach Grafana. Empty = no links to it."""
    runbook_url: Url = ""
    """Where a site serves its own runbooks; empty = PUBLIC_URL/runbooks, where this service shows those that ship."""
    alertmanager_url: Url = ""
    """Alertmanager that is also told; empty = none."""
    mqtt: bool = False
    """Publish the state of each alarm as a retained message on the broker."""
    mqtt_prefix: str = "qualicity/alarms"
    """Topics: PREFIX/RULE/KEY/state."""
    deadman_url: Url = ""
    """Asked (GET) each minute while the engine works: whoever watches it notices our death. Empty = none."""
    deadman_url_file: Path | None = None
    """The same, where the address is a secret."""
    drill: bool = True
    """Send a marked drill on the first working day of each month at 10:00 to whoever is on duty."""


class GrafanaSettings(_Section):
    """Grafana, for `dashboards push` and `dashboards verify`."""

    url: Url = "http://127.0.0.1:3000"
    token: SecretStr = SecretStr("")
    token_file: Path | None = None
    evidence_url: Url = "http://127.0.0.1:8414"
    """Where officers' browsers reach the page of this service: panels link to the evidence there."""


class Settings(BaseSettings):
    """All settings of a site."""

    model_config = SettingsConfigDict(env_prefix="QUALICITY_", env_nested_delimiter="__", extra="forbid")

    network: Path | None = None
    """Path of the network file; default: network.toml in the data folder."""
    mqtt: MqttSettings = MqttSettings()
    journal: JournalSettings = JournalSettings()
    archive: ArchiveSettings = ArchiveSettings()
    api: ApiSettings = ApiSettings()
    hj212: Hj212Settings = Hj212Settings()
    influx: InfluxSettings = InfluxSettings()
    influx_import: InfluxImportSettings = InfluxImportSettings()
    alerting: AlertingSettings = AlertingSettings()
    grafana: GrafanaSettings = GrafanaSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then the file."""
        del settings_cls, dotenv_settings, file_secret_settings  # one file and the environment
        return env_settings, init_settings


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings file (if any) under the environment.

    Raises:
        InputError: the file is missing, is not TOML, or holds a key or value that is not allowed.
    """
    values: dict[str, Any] = {}
    if path is not None:
        if not path.is_file():
            raise InputError(
                f"settings file {path} does not exist", "give an existing file, or run `qualicity init DIR`"
            )
        try:
            values = TomlConfigSettingsSource(Settings, toml_file=path)()
        except ValueError as error:
            raise InputError(f"{path} is not valid TOML: {error}", "mend the file at the place named") from error
    try:
        return Settings(**values)
    except ValidationError as error:
        places = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InputError(f"settings: {places}", "see the sample that `qualicity init DIR` writes") from error
