"""A broker that is no bottleneck: one process, one subscriber, frames encoded beforehand, a window that it holds to.

It sends the warm-up and waits until all of it is acknowledged; then the clock starts, and stops with the last PUBACK.
So all the work for the messages that are counted lies between the two, and none that is not. CPU time of the
processes to watch is read from /proc at both. A PUBACK for what is not on its way ends the run.

    python -m flood.broker KIND MESSAGES BEGIN WARM WINDOW PROTOCOL    (control: flood/processes.py)
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from collections.abc import Iterator

from flood.flow import Ended, Flow
from flood.processes import cpu_seconds, resident
from flood.readings import Load, blocks

CONNECT, SUBSCRIBE, PINGREQ = 1, 8, 12
RECEIVE_MAXIMUM = 0x21  # property of CONNECT, MQTT 5
PROPERTY_BYTES = {0x11: 4, 0x21: 2, 0x27: 4, 0x22: 2, 0x19: 1, 0x17: 1}
AT_ONCE = 1_000_000  # messages that are encoded before the first is sent; of more, the rest as they are sent


class Subscriber(Flow):
    """The one connection; MQTT 5 makes the window smaller where the subscriber asks for less."""

    protocol = 0

    def handshake(self) -> None:
        """Answer until the subscription is granted at QoS 1."""
        while True:
            head, body = self.frame()
            kind = head >> 4
            if kind == CONNECT:
                self.protocol = body[6]
                if self.protocol == 5:
                    self.window = min(self.window, receive_maximum(body[10:]))
                self.connection.sendall(b"\x20\x03\0\0\0" if self.protocol == 5 else b"\x20\x02\0\0")
            elif kind == SUBSCRIBE:
                at = 2 + (1 + body[2] if self.protocol == 5 else 0)
                granted = b""
                while at < len(body):
                    at += 2 + int.from_bytes(body[at : at + 2]) + 1
                    granted += b"\x01"
                answer = body[:2] + (b"\0" if self.protocol == 5 else b"") + granted
                self.connection.sendall(b"\x90%c%b" % (len(answer), answer))
                return
            elif kind == PINGREQ:
                self.connection.sendall(b"\xd0\0")

    def linger(self) -> None:
        """Answer signs of life until the subscriber or the one who measures has left."""
        self.connection.setblocking(True)
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        poll.register(sys.stdin, select.POLLIN)
        while True:
            ready = [descriptor for descriptor, _ in poll.poll()]
            if sys.stdin.fileno() in ready:
                return
            data = self.connection.recv(4096)
            if not data:
                return
            if data[0] >> 4 == PINGREQ:
                self.connection.sendall(b"\xd0\0")


class Samples:
    """Memory and progress each second, CPU time at both ends, of the processes that are watched."""

    def __init__(self, watched: list[int], before: int) -> None:
        self._watched = watched
        self._before = before
        self.cpu = [cpu_seconds(pid) for pid in watched]
        self.began = time.perf_counter()
        self._next = self.began + 1
        self.series = [(0.0, 0, [resident(pid) for pid in watched])]

    def look(self, acknowledged: int) -> None:
        """Note what is due."""
        now = time.perf_counter()
        if now >= self._next:
            self._next += 1
            memory = [resident(pid) for pid in self._watched]
            self.series.append((now - self.began, acknowledged - self._before, memory))

    def end(self, messages: int) -> dict[str, object]:
        """Return what was measured."""
        seconds = time.perf_counter() - self.began
        used = [cpu_seconds(pid) - before for pid, before in zip(self._watched, self.cpu, strict=True)]
        self.series.append((seconds, messages, [resident(pid) for pid in self._watched]))
        return {"messages": messages, "seconds": seconds, "cpu": used, "series": self.series}


def receive_maximum(properties: bytes) -> int:
    """Return the receive maximum in the properties of a CONNECT (MQTT 5, 3.1.2.11); 65,535 where there is none."""
    at, end = 1, 1 + properties[0]  # clients that flood here send fewer than 128 bytes of them
    while at < end:
        if properties[at] == RECEIVE_MAXIMUM:
            return int.from_bytes(properties[at + 1 : at + 3])
        at += 1 + PROPERTY_BYTES[properties[at]]
    return 65_535


def main(load: Load, warm: int, window: int, protocol: int) -> None:
    """Serve one subscriber; tell what happens as lines of JSON, take the processes to watch as one."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=8)
    say(listening=listener.getsockname()[1])
    messages = load.messages
    frames = blocks(load, protocol)
    ready: list[tuple[bytes, list[int]]] = []
    for block in frames:
        ready.append(block)
        if len(ready) * (len(block[1]) - 1) >= AT_ONCE:
            break
    while True:
        if sys.stdin in select.select([listener, sys.stdin], [], [])[0]:
            return  # who measures is gone
        subscriber = Subscriber(listener.accept()[0], window)
        try:
            subscriber.handshake()
            break
        except Ended:  # who only looked whether somebody listens
            subscriber.connection.close()
    assert subscriber.protocol == protocol, f"the subscriber speaks MQTT {subscriber.protocol}, not {protocol}"
    say(subscribed=True, window=subscriber.window)
    watched = json.loads(sys.stdin.readline())
    source = iter([*ready, *frames]) if len(ready) * 5_000 >= messages else chained(ready, frames)
    try:
        subscriber.flood(source, warm)
        time.sleep(0.3)
        sampled = Samples(watched, warm)
        subscriber.flood(source, messages - warm, sampled.look)
        say(**sampled.end(messages - warm))
    except (Ended, ConnectionError) as error:
        say(failed=str(error))
        sys.exit(1)
    subscriber.linger()


def chained(
    ready: list[tuple[bytes, list[int]]], frames: Iterator[tuple[bytes, list[int]]]
) -> Iterator[tuple[bytes, list[int]]]:
    """Yield what is encoded already, letting go of it, then what is encoded on the way."""
    ready.reverse()
    while ready:
        yield ready.pop()
    yield from frames


def say(**what: object) -> None:
    """Say a line of JSON."""
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    count, first, *others = map(int, sys.argv[2:])
    main(Load(sys.argv[1], count, first), *others)
