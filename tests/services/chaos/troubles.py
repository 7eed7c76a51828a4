"""What happens to a world: kills, outages."""

from __future__ import annotations

import collections
import time
from collections.abc import Collection

from service import until
from world import World

PARTS = {"collector": "intake", "archive": "archive", "aggregator": "aggregator", "influx": "influx writer"}
ALL = "whole service"
_STEADY_SECONDS = 15.0
_LONGEST_ABSENCE = 2.0  # s; how long a killed server stays away


def kills(world: World, count: int, *, gap: float = 2.0) -> None:
    """Kill -9 `count` times: one of what lives now, at a random moment; several are away at the same time.

    Parts come back by their supervisor, the whole service at once, a server after up to two seconds.
    """
    dice, born = world.dice, time.monotonic()
    back: dict[str, float] = {}
    done: collections.Counter[str] = collections.Counter()
    while done.total() < count:
        end = time.monotonic() + dice.uniform(0.0, gap)
        while time.monotonic() < end:
            _bring_back(world, back)
            time.sleep(min(0.05, max(0.0, end - time.monotonic())))
        servers = [name for name, one in world.servers().items() if one.running]
        parts = world.service.living()
        steady = len(parts) == len(PARTS) or time.monotonic() - born > _STEADY_SECONDS  # let it come up in between
        living = sorted({*parts, *servers, *([ALL] if steady else [])})
        if not living:
            continue
        weights = [1 / (1 + done[PARTS.get(name, name)]) ** 3 for name in living]  # all get their turn
        [victim] = dice.choices(living, weights)
        kill(world, victim)
        if victim == ALL:
            born = time.monotonic()
        if victim in servers:
            back[victim] = time.monotonic() + dice.uniform(0.0, _LONGEST_ABSENCE)
        done[PARTS.get(victim, victim)] += 1
        if done.total() % 20 == 0:
            world.say(f"  {done.total()} kills, {len(world.sensors.sent):,} messages")
    for name in back:
        back[name] = 0.0
    _bring_back(world, back)
    world.figures["kills"] = dict(sorted(done.items()))


def kill(world: World, victim: str) -> None:
    """Kill -9 of a part, of a server, or of the whole service, which then starts again."""
    world.may_come_again = True
    if victim == ALL:
        world.service.kill()
        world.service.start()
    elif victim in PARTS:
        world.service.kill_part(victim)
    else:
        world.servers()[victim].kill()
        if victim == "broker":
            world.sensors.broker_died(world.broker.saved())


def _bring_back(world: World, back: dict[str, float]) -> None:
    for name in [name for name, at in back.items() if at <= time.monotonic()]:
        world.servers()[name].start()
        del back[name]


def outage(world: World, seconds: float, names: Collection[str]) -> None:
    """Let servers be away for so long; the service must outlive it and go on by itself."""
    began = time.monotonic()
    service = world.service
    living = service.living()
    for name in names:
        kill(world, name)
    time.sleep(max(0.0, seconds - (time.monotonic() - began)))
    if seconds >= 3:
        for name, part in (("broker", "collector"), ("database", "influx")):
            if name in names:
                beat = service.beats().get(part)
                world.expect(beat and not beat.ready, f"without its {name}, {part} says it is ready: {beat}")
    for name in names:
        world.servers()[name].start()
    back = time.monotonic()
    until(lambda: service.connected() and service.beats()["influx"].ready, 120, f"{names} are back\n{world.log()}")
    world.figures.setdefault("outages", []).append(
        {"of": sorted(names), "s": round(back - began, 1), "well_again_after_s": round(time.monotonic() - back, 1)}
    )
    dead = world.died(living)
    world.expect(not dead, f"{dead} died in an outage of {sorted(names)}\n{world.log()}")
