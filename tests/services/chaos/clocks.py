"""A clock that jumps by a day, there and back, while sensors send what they measure now."""

from __future__ import annotations

import os
import time

from service import until
from truth import Kept
from world import World

from collector.deadletter import Reason


def jump(world: World, seconds: float, hold: float) -> None:
    """Let the service's clock jump, stay wrong for a while, and jump back.

    Args:
        world: under traffic.
        seconds: s by which the clock is ahead; negative = behind.
        hold: s for which it is wrong.
    """
    service = world.service
    place, living = service.log_place(), service.living()
    service.set_clock(seconds)
    time.sleep(hold)
    until(lambda: service.said("clock", place), 30, f"somebody is told that the clock jumped by {seconds} s")
    _until_stored(world)
    service.set_clock(0)
    _until_stored(world)
    until(service.connected, 30, f"intake is ready after a jump of the clock\n{world.log()}")
    dead = world.died(living)
    world.expect(not dead, f"{dead} died of a jump of the clock by {seconds} s\n{world.log()}")
    world.figures.setdefault("clock_jumps_s", []).append(seconds)


def starts_wrong(world: World, seconds: float, hold: float) -> None:
    """Let the service be killed while the clock is wrong, and start with the wrong clock."""
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


def starts_behind_after_absence(world: World, seconds: float, hold: float) -> None:
    """Let the service start with a clock that is as far behind as the service was away: nothing tells it so.

    What it then refuses must be kept, and come back by the command that is made for it.

    Args:
        world: under traffic.
        seconds: s by which the clock is behind; so old is what the journal was last written at.
        hold: s for which it is wrong.
    """
    service = world.service
    world.may_come_again = True
    service.kill()
    then = time.time() - seconds
    for path in world.data.glob("journal.db*"):
        os.utime(path, (then, then))
    service.set_clock(-seconds)
    service.start()
    until(service.connected, 60, f"intake connects\n{world.log()}")
    _until_stored(world)
    time.sleep(hold)
    service.set_clock(0)
    world.expect(service.stop() == 0, "the service did not stop in order")
    refused = sum(letter.reason == Reason.FUTURE for letter in Kept(world.data).letters)
    world.expect(refused, "a clock that is behind without any sign has refused nothing: this has tried nothing")
    code, [said] = service.command("dead-letters", "retry", "--clock-behind", str(seconds))
    world.expect((code, said["taken"], said["left"]) == (0, refused, 0), f"of {refused} letters: {said}")
    world.figures["refused_and_brought_back"] = said["taken"]
    service.start()
    until(service.connected, 60, f"intake connects\n{world.log()}")


def _until_stored(world: World) -> None:
    """Wait until intake has committed something more."""
    service = world.service
    before = service.counter("collector", "commits")
    until(lambda: service.counter("collector", "commits") not in {before, -1.0}, 30, f"intake commits\n{world.log()}")
