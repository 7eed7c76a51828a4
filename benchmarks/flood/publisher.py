"""Publishes over a raw socket to a real broker at QoS 1, as fast as the broker acknowledges.

python -m flood.publisher KIND MESSAGES BEGIN PORT WINDOW    (control: flood/processes.py)
"""

from __future__ import annotations

import json
import socket
import sys
import time

from flood.flow import Ended, Flow
from flood.readings import Load, blocks, length

CLIENT = b"flood"
KEEPALIVE = 600  # s


def main(load: Load, port: int, window: int) -> None:
    """Encode, say so, wait for the word, publish all, say when it was acknowledged."""
    frames = list(blocks(load, 4))
    flow = Flow(socket.create_connection(("127.0.0.1", port)), window)
    body = b"\0\4MQTT\4\2%b%b%b" % (KEEPALIVE.to_bytes(2), len(CLIENT).to_bytes(2), CLIENT)
    flow.connection.sendall(b"\x10" + length(len(body)) + body)
    head, answer = flow.frame()
    assert head == 0x20, "no CONNACK"
    assert answer[1] == 0, f"refused: {answer[1]}"
    print(json.dumps({"ready": True}), flush=True)
    sys.stdin.readline()
    began = time.perf_counter()
    try:
        flow.flood(iter(frames), load.messages)
        print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)
    except (Ended, ConnectionError) as error:
        print(json.dumps({"failed": str(error)}), flush=True)
    flow.connection.close()


if __name__ == "__main__":
    count, first, *others = map(int, sys.argv[2:])
    main(Load(sys.argv[1], count, first), *others)
