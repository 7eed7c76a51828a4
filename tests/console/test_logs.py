"""The service's log: one JSON object a line for machines, nothing secret in it, and never the end of a part."""

from __future__ import annotations

import errno
import io
import json
import logging
import signal
import sys
import threading

import pytest
import structlog
from typer.testing import CliRunner

from console.cli import application
from console.logs import log_for_service

IN_A_VARIABLE = "hunter2"


@pytest.fixture
def lines(monkeypatch):
    """Yield a function that returns what was logged since `log_for_service("collector")`."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level, hook = root.handlers[:], root.level, threading.excepthook
    signals = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    log_for_service("collector", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    threading.excepthook = hook
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()
    for number, handler in signals.items():
        signal.signal(number, handler)


def test_a_line_is_one_object(lines):
    """Whatever the facts hold."""
    structlog.get_logger("any").warning("no connection", broker="mqtt://b", reason="a\nb", path=io)
    structlog.get_logger("any").debug("not for people")
    (line,) = lines()
    assert line.pop("time").endswith("Z")
    assert "module 'io'" in line.pop("path")
    assert line == {
        "part": "collector", "level": "warning", "event": "no connection", "broker": "mqtt://b", "reason": "a\nb",
    }  # fmt: skip


def test_libraries_speak_the_same_way(lines):
    """What they warn of, and no more."""
    logging.getLogger("uvicorn.error").warning("slow %s", "client")
    logging.getLogger("httpx").info("GET")
    (line,) = lines()
    assert (line["event"], line["level"], line["part"]) == ("slow client", "warning", "collector")


def _fail(password):
    raise ValueError(f"{len(password)} letters do not fit")


def test_tracebacks_come_without_values(lines):
    """A password or a payload in a variable stays there."""
    try:
        _fail(IN_A_VARIABLE)
    except ValueError:
        structlog.get_logger("any").exception("it could not be treated")
        logging.getLogger("library").exception("neither this")
    assert [line["event"] for line in lines()] == ["it could not be treated", "neither this"]
    for line in lines():
        text = json.dumps(line)
        assert "7 letters do not fit" in text
        assert "_fail" in text
        assert IN_A_VARIABLE not in text


def test_a_fault_that_ends_a_thread_is_a_line(lines):
    """And one that ends the process."""
    thread = threading.Thread(target=_fail, args=(IN_A_VARIABLE,))
    thread.start()
    thread.join()
    sys.excepthook(ValueError, ValueError("main"), None)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    found = lines()
    assert [(line["event"], line["level"]) for line in found] == [("a fault has ended this thread", "critical")] * 2
    assert IN_A_VARIABLE not in json.dumps(found)


class _Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_people_read(lines):
    """Words, and a traceback without values."""
    terminal = _Terminal()
    log_for_service("collector", terminal)
    try:
        _fail(IN_A_VARIABLE)
    except ValueError:
        structlog.get_logger("any").exception("it could not be treated", station="s1")
    said = terminal.getvalue()
    assert "it could not be treated" in said
    assert "7 letters" in said
    assert not said.startswith("{")
    assert IN_A_VARIABLE not in said
    assert lines() == []


class _Full(io.StringIO):
    full = True

    def write(self, text):
        if self.full:
            raise OSError(errno.ENOSPC, "no space left on device")
        return super().write(text)

    def flush(self):
        if self.full:
            raise OSError(errno.ENOSPC, "no space left on device")


def test_a_log_on_a_full_disk_ends_no_part(lines):
    """Its lines are missing, and those that come when there is room again are not."""
    stream = _Full()
    log_for_service("collector", stream)
    structlog.get_logger("any").warning("intake pauses")
    logging.getLogger("library").warning("neither this")
    stream.full = False
    structlog.get_logger("any").info("intake goes on")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["intake goes on"]
    assert lines() == []


def test_what_keeps_a_part_from_running_is_a_line_with_its_mend(lines, tmp_path):
    """And the code that an init system sees."""
    (tmp_path / "qualicity.toml").write_text("[mqtt]\nurl = 7\n", "utf-8")
    done = CliRunner().invoke(application("serve"), ["serve", "--only", "api", "--data", str(tmp_path)])
    assert done.exit_code == 2
    (line,) = [json.loads(text) for text in done.stderr.splitlines()]
    assert (line["event"], line["level"], line["part"]) == ("cannot run", "critical", "api")
    assert "mqtt.url" in line["cause"]
    assert line["mend"]
    assert lines() == []
