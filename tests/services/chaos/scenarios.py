"""The scenarios by name: which world, which troubles, in which order."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import clocks
import disks
import poison
import troubles
import truth
from servers import DAY_SECONDS
from world import Say, World, has_database_2, has_telegraf, workplace

Asked = argparse.Namespace
Made = Iterator[World]

MEGABYTES = 48


def run(name: str, asked: Asked, folder: Path, say: Say) -> list[truth.Figures]:
    """Run one scenario; return the figures of each of its worlds."""
    if name in IN_NAMESPACE and not disks.inside() and (command := disks.namespace()):
        return _inside(command, name, asked, folder, say)
    return [
        {"scenario": world.name, "seed": asked.seed, **world.figures, "wrong": world.wrong}
        for world in ALL[name](asked, folder, say)
    ]


def _inside(command: list[str], name: str, asked: Asked, folder: Path, say: Say) -> list[truth.Figures]:
    """Run a scenario in a mount namespace of its own."""
    options = ["--seed", str(asked.seed), "--outage", str(asked.outage), "--rate", str(asked.rate)]
    again = [*command, sys.executable, str(Path(__file__).parent), "--only", name, "--json", *options]
    done = subprocess.run(
        [*again, "--folder", str(folder)],
        env=disks.environment_inside(),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if not done.stdout:
        say(f"  {name} ended with {done.returncode} in its namespace")
        return [{"scenario": name, "seed": asked.seed, "wrong": [f"ended with {done.returncode}, see above"]}]
    return json.loads(done.stdout)["results"]


def kills(asked: Asked, folder: Path, say: Say) -> Made:
    """Kill -9 of everything, in random order."""
    for major in (1, 2) if has_database_2() else (1,):
        name = f"kills, InfluxDB {major}.x"
        with World(
            name, workplace(f"kills-{major}", folder), asked.seed, rate=asked.rate, say=say, major=major
        ) as world:
            troubles.kills(world, asked.kills)
            world.settle()
        yield world


def outage(asked: Asked, folder: Path, say: Say) -> Made:
    """The broker away, the database away for longer, both away."""
    with World("outages", workplace("outage", folder), asked.seed, rate=asked.rate, say=say) as world:
        for names, times in (({"broker"}, 1), ({"database"}, 2), ({"broker", "database"}, 1)):
            troubles.outage(world, asked.outage * times, names)
        world.settle()
    yield world


def disk(asked: Asked, folder: Path, say: Say) -> Made:
    """A full disk and a read-only one: file systems of our own where we may mount, a limit on files everywhere."""
    parts = "collector,aggregator,influx,api"
    seconds = min(asked.outage, 10.0)
    with World(
        "no file can be written", workplace("limit", folder), asked.seed, rate=asked.rate, say=say, parts=parts
    ) as world:
        disks.full(world, None, seconds, readiness=True)
        world.settle()
    yield world
    if not disks.inside():
        say("  SKIPPED: no file system can be mounted here (unshare --mount, with or without --user): a limit alone")
        return
    for kind, reserve in (("tmpfs", 8 << 20), ("ext4", 0)):  # kept from becoming full, and full
        made = disks.Disk(workplace("disks", folder) / kind, kind, MEGABYTES)
        try:
            made.mount()
        except AssertionError as error:
            say(f"  SKIPPED: no {kind} can be mounted here: {error}")
            continue
        name = f"a small disk, {kind}"
        with World(
            name,
            workplace(kind, folder),
            asked.seed,
            rate=asked.rate,
            say=say,
            parts=parts,
            data=made.place / "data",
            reserve=reserve,
        ) as world:
            disks.full(world, made, seconds, readiness=True)
            disks.full(world, made, 0.5)
            if made.can_break():
                disks.breaks(world, made, seconds)
            else:
                say(f"  SKIPPED: the kernel cannot be told here that {kind} has an error")
            disks.starts_read_only(world, made, seconds)
            world.settle()
        made.unmount()
        yield world


def clock(asked: Asked, folder: Path, say: Say) -> Made:
    """The service's clock jumps by a day, there and back, and is wrong at a start."""
    hold = min(asked.outage, 10.0)
    parts = "collector,aggregator,influx,alerting,api"
    with World("clock", workplace("clock", folder), asked.seed, rate=asked.rate, say=say, parts=parts) as world:
        for seconds in (DAY_SECONDS, -DAY_SECONDS):
            clocks.jump(world, seconds, hold)
        for seconds in (DAY_SECONDS, -DAY_SECONDS):
            clocks.starts_wrong(world, seconds, hold)
        clocks.starts_behind_after_absence(world, DAY_SECONDS, hold)
        world.settle()
    yield world


def flood(asked: Asked, folder: Path, say: Say) -> Made:
    """Every second message bad, some of the good ones refused by the database; Telegraf beside ours."""
    seconds = min(asked.outage, 60.0)
    for major in (1, 2) if has_database_2() else (1,):
        with World(
            f"poison, InfluxDB {major}.x", workplace(f"poison-{major}", folder), asked.seed, rate=asked.rate * 3,
            say=say, major=major, messages=poison.flood, retention_days=poison.RETENTION_DAYS,
            before=lambda world: poison.spoil(world.database),
        ) as world:  # fmt: skip
            poison.moves(world, seconds)
            world.settle(is_refused=poison.is_refused)
        yield world
        if has_telegraf():
            with World(
                f"one reading of 1970, InfluxDB {major}.x", workplace(f"beside-{major}", folder), asked.seed,
                rate=asked.rate * 3, say=say, major=major, messages=poison.one_of_1970,
                retention_days=poison.RETENTION_DAYS, inflight=20, waits=True,
            ) as world, poison.Beside(world) as telegraf:  # fmt: skip
                world.sensors.paused.clear()
                poison.moves(world, seconds)
                world.settle(is_refused=poison.is_refused)
                telegraf.compare(world, seconds)
            yield world


def short(asked: Asked, folder: Path, say: Say) -> Made:
    """A little of everything in one world, for the default run of tests: kill -9 of each, at random moments."""
    with World(
        "short", workplace("short", folder), asked.seed, rate=asked.rate, say=say,
        messages=lambda dice: poison.flood(dice, refusals=300, old=False),
        before=lambda world: poison.spoil(world.database),
    ) as world:  # fmt: skip
        troubles.outage(world, asked.outage, {"broker", "database"})
        clocks.jump(world, -DAY_SECONDS, 0.0)
        disks.full(world, None, 0.2, part="collector")
        time.sleep(world.dice.random())
        for part in ("collector", "influx"):
            troubles.kill(world, part)
        world.settle(is_refused=poison.is_refused)
    yield world


ALL: dict[str, Callable[[Asked, Path, Say], Made]] = {
    "kills": kills, "outage": outage, "disk": disk, "clock": clock, "poison": flood, "short": short,
}  # fmt: skip
BY_DEFAULT = tuple(name for name in ALL if name != "short")
IN_NAMESPACE = frozenset({"disk"})
