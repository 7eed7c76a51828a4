"""The plain consumer: paho's own loop, a callback, the payload decoded. Nothing is checked, nothing is kept.

msgspec decodes into a struct, the fastest way that there is; MQTT 3.1.1 unless asked otherwise, which costs paho half.
PUBACKs go out by paho itself when the callback returns.

    python -m flood.naive PORT PROTOCOL
"""

from __future__ import annotations

import json
import sys

import msgspec
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

SAY_EVERY = 1_000  # messages
CLIENT = "plain-consumer"


class Reading(msgspec.Struct, gc=False):
    """What a payload says."""

    t: int | str | None = None
    v: float | None = None
    u: str | dict[str, str] | None = None
    p: float | None = None
    f: str | None = None
    values: dict[str, float] | None = None


def main(port: int, protocol: int) -> None:
    """Take messages until killed; say every thousandth."""
    decode = msgspec.json.Decoder(Reading | list[Reading]).decode
    count = 0

    def on_message(_: mqtt.Client, __: object, message: mqtt.MQTTMessage) -> None:
        nonlocal count
        decode(message.payload)
        count += 1
        if count % SAY_EVERY == 0:
            print(json.dumps({"count": count}), flush=True)

    def on_connect(client: mqtt.Client, *_: object) -> None:
        client.subscribe("#", qos=1)

    def on_subscribe(*_: object) -> None:
        print(json.dumps({"count": 0}), flush=True)

    version = CallbackAPIVersion.VERSION2
    if protocol == 5:
        client = mqtt.Client(version, CLIENT, protocol=mqtt.MQTTv5)
    else:
        client = mqtt.Client(version, CLIENT, clean_session=False)
    client.on_message = on_message
    client.on_connect = on_connect
    client.on_subscribe = on_subscribe
    client.connect("127.0.0.1", port)
    client.loop_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
