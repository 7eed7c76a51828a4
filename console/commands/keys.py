"""`qualicity keys`: which programs may ask."""

from __future__ import annotations

from typing import Annotated

import typer

from console.access.roles import ROLES
from console.access.rows import key_row
from console.acts.users import KEY_DAYS, MOST_KEY_DAYS, add_key, revoke_key
from console.options import DATA, Config, Data, Json
from console.output import print_json, stderr, stdout, table
from console.site import open_site
from console.system_user import actor


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Keys by which programs ask the API.")
    group.command("add")(add)
    group.command("list")(list_)
    group.command("revoke")(revoke)
    app.add_typer(group, name="keys")


def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for: one word.")],
    role: Annotated[list[str], typer.Option("--role", help=f"{', '.join(ROLES)}; may be given several times.")],
    city: Annotated[list[str] | None, typer.Option("--city", help="Only for this city; default: for all.")] = None,
    days: Annotated[int, typer.Option("--days", help="It is good for.", min=1, max=MOST_KEY_DAYS)] = KEY_DAYS,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Let a program ask. The key is printed now and never again; it is sent as `Authorization: Bearer KEY`."""
    with open_site(data, config) as site:
        key, secret = add_key(site, actor(), name, roles=role, cities=city or (), days=days)
        row = key_row(key, site.clock.now())
    if json_:
        print_json([{**row, "key": secret}])
        return
    stdout.print(secret, markup=False, soft_wrap=True)
    stderr.print(f"key {row['id']} is good until {row['expires']}; it cannot be shown again")


def revoke(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Of the key, as `keys list` prints it.")],
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Refuse a key from now on."""
    with open_site(data, config) as site:
        row = key_row(revoke_key(site, actor(), id_), site.clock.now())
    if json_:
        print_json([row])
    else:
        stdout.print(f"key {row['id']} ({row['name']}) is revoked", markup=False)


def list_(data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """List all keys, oldest first."""
    with open_site(data, config).reader() as site:
        rows = [key_row(key, site.clock.now()) for key in site.access.issued()]
    if json_:
        print_json(rows)
        return
    listing = table("id", "name", "roles", "cities", "expires", "used", "state", wrapped=("roles", "cities"))
    for row in rows:
        cities, used = ", ".join(row["cities"]) or "all", row["used"] or "never"
        listing.add_row(row["id"], row["name"], ", ".join(row["roles"]), cities, row["expires"], used, row["state"])
    stdout.print(listing)
