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

STALE_MS = 15_000
"""A part that has said nothing for so long is not well."""

_BLOCK = 8192
"""A file is filled up to whole blocks, so that what is said next finds room in it."""

_TRIES = 3


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
        """Return whether the part is alive and doing its work.

        A sign of life from the future is as old: the clock was set back, and who lives has spoken since.
        """
        return self.ready and abs(now - self.at) < STALE_MS


def _folder(data: Path) -> Path:
    return data / "run"


def beat(data: Path, part: str, now: int, *, ready: bool, state: str, counters: Mapping[str, float]) -> None:
    """Replace a part's sign of life.

    Two files take turns, each written in place before it gets the name that is read: on a disk that is full a part
    can still say so.

    Args:
        data: the data folder.
        part: its name.
        now: ms UTC.
        ready: whether it does its work.
        state: one line for people.
        counters: what it has counted, by name; a name may carry labels: `refused_total{reason="no time"}`.

    Raises:
        OSError: the disk cannot be written.
    """
    folder = _folder(data)
    folder.mkdir(exist_ok=True)
    said = Heartbeat(part, os.getpid(), now, ready, state, dict(counters))
    shown, spare, before = folder / f"{part}.json", folder / f".{part}.spare", folder / f".{part}.before"
    _fill(spare, json.dumps(said.__dict__, ensure_ascii=False).encode())
    before.unlink(missing_ok=True)
    with contextlib.suppress(FileNotFoundError):  # it is the first
        before.hardlink_to(shown)
    spare.replace(shown)
    with contextlib.suppress(FileNotFoundError):
        before.replace(spare)


def _fill(path: Path, content: bytes) -> None:
    """Write a content into a file's present blocks, and blanks behind it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        size = max(os.fstat(descriptor).st_size, -(-len(content) // _BLOCK) * _BLOCK)
        file.write(content.ljust(size))


def labelled(name: str, **labels: str) -> str:
    """Return the name of a counter with labels."""
    pairs = (f'{label}="{_escaped(value)}"' for label, value in labels.items())
    return f"{name}{{{','.join(pairs)}}}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def silence(data: Path, part: str) -> None:
    """Remove a part's sign of life: it has stopped on purpose."""
    (_folder(data) / f"{part}.json").unlink(missing_ok=True)


def heartbeats(data: Path) -> list[Heartbeat]:
    """Read the last sign of life of every part, by name."""
    found = [_read(path) for path in sorted(_folder(data).glob("[!.]*.json"))]
    return [beat for beat in found if beat is not None]


def _read(path: Path) -> Heartbeat | None:
    """Read a sign of life; None = the part has stopped meanwhile, or a failure of power has cut it off."""
    for _ in range(_TRIES):
        try:
            return Heartbeat(**json.loads(path.read_bytes()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):  # a reader so slow that the file's next turn to be written has come
            continue
    return None
