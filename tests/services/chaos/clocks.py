"""A clock that jumps by a day, there and back, while sensors send what they measure now."""

from __future__ import annotations

import time

from service import until
from world import World

DAY_SECONDS = 86_400


def jump(world: World, seconds: float, hold: float) -> None:
    """Let the service's clock jump, stay wrong for a while, and jump back.

    Args:
        world: under traffic.
        seconds: s by which the clock is ahead; negative = behind.
        hold: s for which it is wrong.
    """
    service = world.service
    place, living = service.log_place(), service.living()
    _until_stored(world)
    service.set_clock(seconds)
    _until_stored(world)
    time.sleep(hold)
    _until_stored(world)
    world.expect(service.said("clock", place), f"nobody is told that the clock jumped by {seconds} s")
    service.set_clock(0)
    _until_stored(world)
    until(service.connected, 30, f"intake is ready after a jump of the clock\n{world.log()}")
    dead = world.died(living)
    world.expect(not dead, f"{dead} died of a jump of the clock by {seconds} s\n{world.log()}")
    world.figures.setdefault("clock_jumps_s", []).append(seconds)


def starts_wrong(world: World, seconds: float, hold: float) -> None:
    """Let intake be killed while the clock is wrong, and start with the wrong clock."""
    service = world.service
    world.may_come_again = True
    service.set_clock(seconds)
    service.kill()
    service.start()
    until(service.connected, 60, f"intake connects\n{world.log()}")
    _until_stored(world)
    time.sleep(hold)
    service.set_clock(0)
    _until_stored(world)
    world.figures.setdefault("started_with_clock_s", []).append(seconds)


def _until_stored(world: World) -> None:
    """Wait until intake has committed something more."""
    service = world.service
    before = service.counter("collector", "commits")
    until(lambda: service.counter("collector", "commits") not in {before, -1.0}, 30, f"intake commits\n{world.log()}")


def bring_back(world: World, seconds: float) -> None:
    """Retry dead letters that came of a clock that was behind when the service started; none may be left.

    Args:
        world: settled, the service stopped.
        seconds: s by which the clock was behind.
    """
    code, said = world.service.command("dead-letters", "retry", "--clock-behind", str(seconds))
    world.figures["brought_back"] = said
    world.expect(code == 0, f"retry: {said}")
