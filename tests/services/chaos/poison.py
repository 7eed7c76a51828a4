"""A flood of which every second message is bad, in every way that we know of; the database refuses some of the good."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import random
import time
from collections.abc import Iterator
from typing import Self

from sensors import FIRST, ITEMS, STATIONS, UNITS, Cell, Message, good_messages, present, value_of
from servers import Database, Telegraf
from service import until
from world import World

from collector.deadletter import Reason
from qualicity.periods import HOUR_MS, day_start
from qualicity.store.influx import Influx

OTHER_TYPE = dt.date(2025, 3, 3)
"""A week for which somebody has written texts into the database where our numbers belong."""

BEYOND_RETENTION = dt.date(2001, 1, 1)
"""Older than the database keeps points: it refuses them."""

RETENTION_DAYS = 3_650

_BAD_AT = 500


def _letter(reason: Reason, topic: str, payload: bytes | object) -> Message:
    return Message(topic, payload if isinstance(payload, bytes) else json.dumps(payload).encode(), (), str(reason))


def bad_messages(dice: random.Random) -> Iterator[Message]:
    """Yield messages that must become dead letters, each kind in turn; no two are alike."""
    number = 0
    while True:
        number += 1
        station, item = dice.choice(STATIONS), dice.choice(ITEMS)
        topic, unit = f"c/air/{station}/{item}", UNITS[item]
        start = day_start(FIRST) + number * HOUR_MS
        good = {"t": start, "v": 20.0 + number, "u": unit, "p": 3600}
        whole = json.dumps(good).encode()
        yield _letter(Reason.UNDECODABLE, topic, whole[: dice.randrange(1, len(whole))])
        yield _letter(Reason.UNDECODABLE, topic, dice.randbytes(40) + number.to_bytes(8))
        yield _letter(
            Reason.UNDECODABLE, topic, whole.replace(b"20", b"\xff\xfe"[:2], 1) if b"20" in whole else b"\xff" + whole
        )
        yield _letter(Reason.NO_TIME, topic, good | {"t": number % 86_400_000})  # 1970
        yield _letter(Reason.NO_TIME, topic, {"v": number, "u": unit})
        yield _letter(Reason.FUTURE, topic, good | {"t": 4_070_908_800_000 + number})  # 2099
        yield _letter(Reason.NO_VALUE, topic, good | {"v": "n/a"})
        yield _letter(Reason.NO_VALUE, topic, good | {"v": None})
        yield _letter(Reason.NO_VALUE, topic, good | {"v": True})
        yield _letter(Reason.WRONG_UNIT, topic, good | {"u": "degC"})
        yield _letter(Reason.WRONG_UNIT, topic, good | {"u": 7})
        yield _letter(Reason.UNKNOWN_CHANNEL, f"c/air/nobody-{number}/{item}", good)
        yield _letter(Reason.UNKNOWN_CHANNEL, f"c/water/{station}/{item}", good)
        yield _letter(Reason.UNKNOWN_CHANNEL, f"c/air/{station}/cod", good)
        yield _letter(Reason.BAD_FIELD, topic, good | {"p": -number})
        yield _letter(Reason.BAD_FIELD, topic, good | {"q": "~"})


def refused_messages(dice: random.Random, *, old: bool = True) -> Iterator[Message]:
    """Yield readings that are good for us, and that the database of `spoil` will never take.

    Args:
        dice: of which channels.
        old: every second one because it is older than the database keeps; else all because of their type.
    """
    number = 0
    while True:
        day = BEYOND_RETENTION if old and number % 2 == 0 else OTHER_TYPE
        start = day_start(day) + number * 60_000  # within a week
        number += 1
        station, item = dice.choice(STATIONS), dice.choice(ITEMS)
        value = float(number % 90 + 1)
        body = {"t": start, "v": value, "u": UNITS[item], "p": 60}
        yield Message(f"c/air/{station}/{item}", json.dumps(body).encode(), (((station, item, 60, start), value),), "")


def flood(dice: random.Random, *, refusals: int = 40, old: bool = True) -> Iterator[Message]:
    """Yield every second message bad.

    Args:
        dice: which comes when.
        refusals: of so many good ones, one is refused by the database.
        old: some of these because they are older than it keeps.
    """
    good, bad, refused = good_messages(dice, present()), bad_messages(dice), refused_messages(dice, old=old)
    yield next(refused)
    while True:
        pair = [next(bad), next(refused if dice.randrange(refusals) == 0 else good)]
        dice.shuffle(pair)
        yield from pair


def is_refused(cell: Cell) -> bool:
    """Return whether the database will never take a reading."""
    return cell[2] == 60


def spoil(database: Database, name: str = "qualicity") -> None:
    """Write texts where our numbers belong, for the week of OTHER_TYPE."""
    with Influx(database.address(name)) as influx:
        lines = "".join(
            f'reading,station=stranger value="text" {day_start(OTHER_TYPE) + hour * HOUR_MS}\n'
            for hour in range(-24, 24 * 8)
        )
        answer = influx.write(lines.encode())
        assert answer.outcome.name == "STORED", answer


def moves(world: World, seconds: float) -> None:
    """See that neither intake nor the writer ever stands still in the flood."""
    service = world.service
    end = time.monotonic() + seconds
    names = (("collector", "acknowledged"), ("collector", "readings"), ("influx", "points_written"))
    while time.monotonic() < end:
        for part, name in names:
            before = service.counter(part, name)
            until(lambda: service.counter(part, name) > before, 30, f"{part} goes on\n{world.log()}")  # noqa: B023 - called at once


def one_of_1970(dice: random.Random) -> Iterator[Message]:
    """Yield good readings, one a message; after some hundred one of 1970, and one older than the database keeps."""
    refused = refused_messages(dice)
    for number in itertools.count():
        if number == _BAD_AT:
            yield _letter(Reason.NO_TIME, f"c/air/{STATIONS[0]}/{ITEMS[0]}", {"t": 1_000, "v": 1.0, "u": "ug/m3"})
            yield next(message for message in refused if message.cells[0][0][3] < day_start(OTHER_TYPE))
        place, item = divmod(number, len(ITEMS))
        hour, station = divmod(place, len(STATIONS))
        name, start, value = STATIONS[station], day_start(FIRST) + hour * HOUR_MS, value_of(number, ITEMS[item])
        body = {"t": start, "v": value, "u": UNITS[ITEMS[item]], "p": 3600}
        cell = ((name, ITEMS[item], 3600, start), value)
        yield Message(f"c/air/{name}/{ITEMS[item]}", json.dumps(body).encode(), (cell,))


class Beside:
    """Telegraf in the same flood, with a database of its own that keeps points as long.

    Args:
        world: begun; its sensors wait.
    """

    def __init__(self, world: World) -> None:
        self._database = world.database
        self._database.make("telegraf")
        self._telegraf = Telegraf(world.folder / "telegraf", world.broker, world.database)

    def __enter__(self) -> Self:
        self._telegraf.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._telegraf.kill()

    def stored(self) -> int:
        """Return how many readings Telegraf has brought into its database."""
        with Influx(self._database.address("telegraf")) as influx:
            return sum(len(one.rows) for one in influx.query('SELECT "v" FROM "telegraf" GROUP BY *'))

    def compare(self, world: World, seconds: float) -> None:
        """Give Telegraf so long after the end of ours, and note what each has stored of the good readings."""
        deadline = time.monotonic() + seconds
        wanted = sum(bool(message.cells) for message in world.sensors.sent) - 1  # one is refused
        while (stored := self.stored()) < wanted and time.monotonic() < deadline:
            time.sleep(0.5)
        ours = sum(cell[2] != 60 for cell in world.database.readings())
        world.figures["good_readings_in_the_database"] = {"of": wanted, "ours": ours, "telegraf": stored}
        world.say(f"  of {wanted} good readings: ours {ours}, Telegraf {stored}")
