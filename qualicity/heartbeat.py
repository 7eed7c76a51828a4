"""What a part of the service says of itself: one small file a part, replaced each second.

Health and metrics are read from these files, so that every part can be asked even when it hangs.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STALE_MS = 15_000
"""A part that has said nothing for so long is not well."""


@dataclass(frozen=True)
class Heartbeat:
    """The last sign of life of one part."""

    part: str
    pid: int
    at: int  # ms UTC
    ready: bool
    state: str  # one line for people
    counters: Mapping[str, float]

    def well(self, now: int) -> bool:
        """Return whether the part is alive and doing its work."""
        return self.ready and now - self.at < STALE_MS


def _folder(data: Path) -> Path:
    return data / "run"


def beat(data: Path, part: str, now: int, *, ready: bool, state: str, counters: Mapping[str, float]) -> None:
    """Replace a part's sign of life."""
    folder = _folder(data)
    folder.mkdir(exist_ok=True)
    content: dict[str, Any] = {
        "part": part,
        "pid": os.getpid(),
        "at": now,
        "ready": ready,
        "state": state,
        "counters": dict(counters),
    }
    temporary = folder / f".{part}.json.{os.getpid()}"
    temporary.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    temporary.replace(folder / f"{part}.json")


def silence(data: Path, part: str) -> None:
    """Remove a part's sign of life: it has stopped on purpose."""
    (_folder(data) / f"{part}.json").unlink(missing_ok=True)


def heartbeats(data: Path) -> list[Heartbeat]:
    """Read the last sign of life of every part, by name."""
    found = []
    for path in sorted(_folder(data).glob("*.json")):
        with contextlib.suppress(FileNotFoundError):  # it has stopped meanwhile
            found.append(Heartbeat(**json.loads(path.read_text(encoding="utf-8"))))
    return found
