"""The live demo: the service's own parts on the demo's folder, with simulated sensors and loggers."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from pathlib import Path

import httpx

from alerting.testing import Receiver
from collector.embedded_broker import EmbeddedBroker, free_port
from collector.publisher import Publisher
from collector.simulation.stream import Simulation
from collector.topics import TopicPattern
from console.demo_alarm import CALM, SURGE, duty, readings
from console.demo_loggers import STATIONS, Loggers, without_loggers
from console.demo_people import let_in
from console.output import stderr, stdout
from console.site import open_site
from console.supervisor import stop_event, supervise
from qualicity.clock import SystemClock
from qualicity.errors import Retryable
from qualicity.periods import DAY_MS, SECOND_MS
from qualicity.settings import MqttSettings

_LIVE_SECONDS = 300
_BREAK_SECONDS, _CALM_SECONDS = 20, 80
_LIVE_STATION = "Tiantan"  # not that of the first alarm: what is raised twice a day is held open


def go_on(folder: Path, port: int, seed: int) -> None:
    """Run the service on the demo's folder, with simulated sensors, until told to stop."""
    stop = stop_event()
    with duty(folder, f"http://127.0.0.1:{port}") as (chat, environment), EmbeddedBroker() as broker:
        os.environ.update(environment)
        os.environ["QUALICITY_MQTT__URL"] = broker.url
        os.environ["QUALICITY_MQTT__PROTOCOL"] = str(broker.protocol)
        os.environ["QUALICITY_API__PORT"] = str(port)
        gateway = free_port()
        os.environ["QUALICITY_HJ212__PORT"] = str(gateway)
        with open_site(folder) as site:
            settings, network = site.settings.mqtt, site.network
            people = let_in(site)
        loggers = Loggers(network, seed, ("127.0.0.1", gateway), _LIVE_SECONDS)
        simulation = Simulation(without_loggers(network), seed=seed, interval=_LIVE_SECONDS)
        helpers = [
            threading.Thread(target=work, args=arguments, daemon=True)
            for work, arguments in (
                (_simulate, (simulation, loggers, settings, stop)),
                (_show, (chat, stop)),
                (_open, (f"http://127.0.0.1:{port}/sign-in", stop)),
            )
        ]
        for helper in helpers:
            helper.start()
        stdout.print(f"serving http://127.0.0.1:{port}/ and simulating live sensors; Ctrl-C ends")
        for name, password in people.items():
            stdout.print(f"sign in as {name} with the password {password}", markup=False)
        stdout.print(
            f"alarms: http://127.0.0.1:{port}/alarms; a sensor breaks a limit in {_BREAK_SECONDS} s"
            f" and is calm again in {_CALM_SECONDS} s"
        )
        stdout.print(f"outlets {' and '.join(STATIONS)} speak HJ 212 to 127.0.0.1:{gateway}; all water is simulated")
        command = [sys.executable, "-m", "console", "serve", "--data", str(folder), "--only"]
        with loggers.running():
            parts = ("collector", "archive", "aggregator", "targets", "alerting", "api")
            supervise({part: [*command, part] for part in parts}, stop)
        for helper in helpers:
            helper.join(5)


def _simulate(simulation: Simulation, loggers: Loggers, settings: MqttSettings, stop: threading.Event) -> None:
    """Send the last day at once, and from then on every five minutes what sensors and loggers have measured."""
    pattern = TopicPattern.parse(settings.topic)
    clock, step = SystemClock(), _LIVE_SECONDS * SECOND_MS
    publisher = Publisher(settings)
    done = clock.now() // step * step - DAY_MS
    course = [(_BREAK_SECONDS, SURGE), (_CALM_SECONDS, CALM)]
    began = clock.now()
    try:
        while not stop.wait(1):
            until = clock.now() // step * step
            if until > done:
                loggers.measure(done, until)
                publisher.publish(simulation.messages(pattern, done, until), stop=stop)
                done = until
            if course and clock.now() - began > course[0][0] * SECOND_MS:
                values = course.pop(0)[1]
                publisher.publish(
                    readings(clock.now() - len(values) * SECOND_MS, values, SECOND_MS, _LIVE_STATION), stop=stop
                )
    except Retryable as error:
        stderr.print(f"simulated sensors stopped: {error.cause}")
    finally:
        publisher.close()


def _open(address: str, stop: threading.Event) -> None:
    """Show a page in the browser of whoever sits at this machine, as soon as it answers."""
    screen = sys.platform in {"darwin", "win32"} or {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys()
    if not (stdout.is_terminal and screen):
        return
    while not stop.wait(1):
        try:
            httpx.get(address)
        except httpx.TransportError:  # it has not started yet
            continue
        webbrowser.open(address)
        return


def _show(chat: Receiver, stop: threading.Event) -> None:
    """Print what arrives in the chat of the people on duty."""
    shown = 0
    while not stop.is_set():
        if chat.wait(shown + 1, 1.0):
            stdout.print(chat.received[shown].text, markup=False, highlight=False, soft_wrap=True)
            shown += 1
