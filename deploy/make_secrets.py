"""Make the secrets of docker-compose.yml as files; needs Python 3.11 or later and the library `cryptography`.

    python3 deploy/make_secrets.py                     # those that are missing, and certificates that end soon
    python3 deploy/make_secrets.py --host broker.example.org --host 10.0.0.5    # names in the broker's certificate
    python3 deploy/make_secrets.py --station liyuan    # a sensor's user and password for the broker
    python3 deploy/make_secrets.py --station liyuan --certificate               # or its certificate and key
    python3 deploy/make_secrets.py --station liyuan [--certificate] --renew     # a new one
    python3 deploy/make_secrets.py --station liyuan --revoke                    # neither is good any more
    python3 deploy/make_secrets.py --emqx-users users.csv                       # the same users for EMQX

The broker takes what is new after a SIGHUP. The folder is closed to others. The files in it are readable, because
each container reads them under its own user; the keys of the two CAs are not.
"""  # noqa: INP001 - a script that runs before anything is installed

from __future__ import annotations

import argparse
import base64
import csv
import datetime as dt
import hashlib
import re
import secrets
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "secrets"
RANDOM = (
    "influx_admin_password",
    "influx_admin_token",
    "mqtt_collector_password",
    "grafana_admin_password",
    "grafana_secret_key",
    "link_keys",
)
PASSWORDS = "mqtt_passwords"
"""The broker's: one line a user."""

CHANNELS = "channels"
"""Folder of what only others can give: addresses and keys of chats, the password of the mail server."""

_BYTES = 32
_SALT = 12  # bytes, as mosquitto_passwd makes them
_ROUNDS = 1_000  # the passwords are random: there is nothing to guess, and the broker checks each connection
_STATION = re.compile(r"(?!\.)[^/#@+*:\s\x00-\x1f\x7f]{1,64}")
_OURS = ("collector", "health", "broker")
"""Users of the broker that are no sensors, and its own name."""

_HOST = re.compile(r"[0-9A-Za-z.:-]{1,253}")


def main() -> int:
    """Make what is asked for; return the exit code."""
    parser = argparse.ArgumentParser(description="Make the secrets of docker-compose.yml as files.")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument(
        "--host", action="append", default=[], metavar="NAME", help="under which sensors reach the broker"
    )
    parser.add_argument("--station", action="append", default=[], metavar="ID", help="a sensor's station")
    parser.add_argument("--certificate", action="store_true", help="the stations named get a certificate, no password")
    parser.add_argument("--renew", action="store_true", help="give the stations named a new one")
    parser.add_argument("--revoke", action="store_true", help="take the stations named their password and certificate")
    parser.add_argument("--emqx-users", type=Path, metavar="FILE", help="write the broker's users as EMQX reads them")
    asked = parser.parse_args()
    if bad := [station for station in asked.station if station in _OURS or not _STATION.fullmatch(station)]:
        return _refused(f"{bad[0]!r} cannot be a sensor's user", "give the id of a station in network.toml")
    if bad := [host for host in asked.host if not _HOST.fullmatch(host)]:
        return _refused(f"{bad[0]!r} is no name of a host", "give a name or an address, without port")
    try:
        import certificates  # noqa: PLC0415 - what it needs, a bare machine may not have  # deptry: ignore[DEP001]
    except ImportError:
        mend = "install it (Debian: python3-cryptography), or run this in the image as docs/deployment.md says"
        return _refused("the library `cryptography` is not there", mend)
    now = dt.datetime.now(dt.UTC)
    make_all(asked.folder)
    for line in certificates.make_certificates(asked.folder, asked.host, now=now):
        sys.stdout.write(f"{line}\n")
    for station in asked.station:
        if asked.revoke:
            remove_station(asked.folder, station)
            if (asked.folder / "stations" / f"{station}.crt").exists():
                certificates.revoke(asked.folder, station, now=now)
            sys.stdout.write(f"{station}: neither password nor certificate is good after a SIGHUP of the broker\n")
        elif asked.certificate:
            path = certificates.make_station(asked.folder, station, now=now, renew=asked.renew)
            left = certificates.days_left(path, now)
            sys.stdout.write(f"{station}: certificate in {path}, its key beside it; good for {left} days\n")
        else:
            path = add_station(asked.folder, station, renew=asked.renew)
            sys.stdout.write(f"{station}: password in {path}\n")
    if asked.emqx_users is not None:
        write_emqx_users(asked.folder, asked.emqx_users)
        sys.stdout.write(f"users with their passwords in {asked.emqx_users}\n")
    return 0


def _refused(cause: str, mend: str) -> int:
    sys.stderr.write(f"error: {cause}\nmend:  {mend}\n")
    return 2


def make_all(folder: Path) -> None:
    """Make every secret that is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    (folder / CHANNELS).mkdir(exist_ok=True)
    (folder / CHANNELS).chmod(0o755)
    for name in RANDOM:
        _write_new(folder / name, secrets.token_urlsafe(_BYTES))
    login = f"admin:{(folder / 'grafana_admin_password').read_text('utf-8').strip()}"
    _write_new(folder / "grafana_login", login)  # a service account's token may stand here instead
    _write_new(folder / "mqtt_health", f"-u health\n-P {secrets.token_urlsafe(_BYTES)}")  # options of mosquitto_sub
    _set_user(folder, "collector", (folder / "mqtt_collector_password").read_text("utf-8").strip())
    _set_user(folder, "health", (folder / "mqtt_health").read_text("utf-8").split()[-1])


def add_station(folder: Path, station: str, *, renew: bool = False) -> Path:
    """Give a station a user of the broker; return the file of its password."""
    path = folder / "stations" / station
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if renew:
        path.unlink(missing_ok=True)
    _write_new(path, secrets.token_urlsafe(_BYTES))
    _set_user(folder, station, path.read_text("utf-8").strip())
    return path


def remove_station(folder: Path, station: str) -> None:
    """Take a station's user from the broker's file."""
    (folder / "stations" / station).unlink(missing_ok=True)
    path = folder / PASSWORDS
    lines = path.read_text("utf-8").splitlines()
    path.write_text("".join(f"{line}\n" for line in lines if not line.startswith(f"{station}:")), "utf-8")


def write_emqx_users(folder: Path, path: Path) -> None:
    """Write the collector and the stations that have a password, for bootstrap_file of EMQX; readable for its owner."""
    users = {"collector": folder / "mqtt_collector_password"}
    users |= {one.name: one for one in sorted((folder / "stations").glob("*")) if one.suffix not in {".crt", ".key"}}
    path.touch(0o600)
    path.chmod(0o600)  # it may have been there, readable for others
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("user_id", "password", "is_superuser"))
        lines.writerows((user, secret.read_text("utf-8").strip(), "false") for user, secret in users.items())


def _write_new(path: Path, text: str) -> None:
    if not path.exists():
        path.write_text(text + "\n", "utf-8")
        path.chmod(0o644)


def _set_user(folder: Path, user: str, password: str) -> None:
    """Write a user's line in place: the container has this very file, a new one would not reach it."""
    path = folder / PASSWORDS
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    if any(_is_of(line, user, password) for line in lines):
        return
    salt = secrets.token_bytes(_SALT)
    kept = [line for line in lines if not line.startswith(f"{user}:")]
    with path.open("w", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in [*kept, _line(user, password, salt, _ROUNDS)]))
    path.chmod(0o644)


def _line(user: str, password: str, salt: bytes, rounds: int) -> str:
    """Return a line of mosquitto's password file: `user:$7$ROUNDS$SALT$PBKDF2-SHA512`."""
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
    return f"{user}:$7${rounds}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def _is_of(line: str, user: str, password: str) -> bool:
    name, _, rest = line.partition(":")
    if name != user:
        return False
    _, _, rounds, salt, _ = rest.split("$")
    return line == _line(user, password, base64.b64decode(salt), int(rounds))


if __name__ == "__main__":
    sys.exit(main())
