"""`qualicity users`: who may sign in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from console.access.passwords import Passwords
from console.access.roles import ROLES
from console.access.rows import user_row
from console.access.store import User
from console.acts.users import add_user, change_user, revoke_user, set_password
from console.errors import MissingError
from console.options import DATA, Config, Data, Json
from console.output import print_json, stdout, table
from console.site import open_site
from console.system_user import actor
from qualicity.errors import UsageError

_MOST_BYTES = 4096

Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the user: one word of a-z, 0-9, '.', '_' and '-'.")]
Roles = Annotated[list[str], typer.Option("--role", help=f"{', '.join(ROLES)}; may be given several times.")]
Cities = Annotated[list[str] | None, typer.Option("--city", help="Only there for this city; default: for all.")]
PasswordFile = Annotated[
    Path | None, typer.Option("--password-file", metavar="FILE", help="Holds the password; default: it is asked for.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Who may sign in to the pages and the API.")
    group.command("add")(add)
    group.command("list")(list_)
    group.command("change")(change)
    group.command("password")(password)
    group.command("revoke")(revoke)
    app.add_typer(group, name="users")


def add(
    name: Name,
    role: Roles,
    city: Cities = None,
    password_file: PasswordFile = None,
    by_proxy: Annotated[
        bool, typer.Option("--by-proxy", help="Without a password: a proxy in front says who it is.")
    ] = False,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Let somebody sign in. The password is asked for twice, and is never an argument."""
    with open_site(data, config) as site:
        if by_proxy and password_file:
            raise UsageError("--by-proxy has no password", "leave --password-file out")
        given = None if by_proxy else _password(password_file)
        user = add_user(site, actor(), name, given, roles=role, cities=city or (), passwords=Passwords())
    _show([user], json_=json_)


def change(
    name: Name,
    role: Roles,
    city: Cities = None,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Give a user other roles and cities, in place of those before. They count at once."""
    with open_site(data, config) as site:
        user = change_user(site, actor(), name, role, city or ())
    _show([user], json_=json_)


def password(
    name: Name,
    password_file: PasswordFile = None,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Give a user another password; sessions of the old one end."""
    with open_site(data, config) as site:
        if site.access.user(name) is None:
            raise MissingError(f"there is no user {name!r}", "see `qualicity users list`")
        user = set_password(site, actor(), name, _password(password_file), passwords=Passwords())
    _show([user], json_=json_)


def revoke(name: Name, data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """End a user's sessions at once; nobody signs in by this name again."""
    with open_site(data, config) as site:
        user = revoke_user(site, actor(), name)
    _show([user], json_=json_)


def list_(data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """List all users, by name."""
    with open_site(data, config).reader() as site:
        _show(site.access.users(), json_=json_)


def _password(file: Path | None) -> str:
    """Return a password: of a file, or as it is typed twice.

    Raises:
        UsageError: there is no such file, or nobody who could type.
    """
    if file is None:
        if not sys.stdin.isatty():
            raise UsageError("nobody is there to type the password", "give --password-file FILE")
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    try:
        with file.open("rb") as opened:
            return opened.read(_MOST_BYTES).decode().removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the password cannot be read from {file}: {error}", "give a file of UTF-8 text") from error


def _show(users: list[User], *, json_: bool) -> None:
    if json_:
        print_json(map(user_row, users))
        return
    listing = table("name", "roles", "cities", "made", "state", wrapped=("roles", "cities"))
    for row in map(user_row, users):
        state = f"revoked {row['revoked']}" if row["revoked"] else "by proxy" if row["by_proxy"] else "active"
        cities = ", ".join(row["cities"]) or "all"
        listing.add_row(row["name"], ", ".join(row["roles"]), cities, row["made"], state)
    stdout.print(listing)
