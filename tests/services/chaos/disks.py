"""A disk that is full, and one that becomes read-only: real small file systems where we may mount, else a limit."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from service import until
from world import World

_INSIDE = "QUALICITY_CHAOS_NAMESPACE"
_BLOCK = 4096
_ENDING_SECONDS = 1.0  # in which a part that cannot write ends, and its end is noticed


def namespace() -> list[str] | None:
    """Return the command in whose mount namespace we may mount; None = this machine lets us nowhere."""
    for command in (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]):
        probe = [
            *command,
            "sh",
            "-c",
            "d=$(mktemp -d) && mount -t tmpfs tmpfs $d && umount $d; s=$?; rmdir $d; exit $s",
        ]
        if shutil.which("unshare") and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return command
    return None


def inside() -> bool:
    """Return whether we are in a mount namespace of our own."""
    return os.environ.get(_INSIDE) == "1"


def environment_inside() -> dict[str, str]:
    """Return the environment of ourselves in a namespace."""
    return {**os.environ, _INSIDE: "1"}


class Disk:
    """A small file system, mounted in our own namespace.

    Args:
        place: where it is mounted.
        kind: tmpfs, or ext4 in a file.
        megabytes: its size.
    """

    def __init__(self, place: Path, kind: str, megabytes: int) -> None:
        self.place, self.kind = place, kind
        self._image, self._ballast = place.with_suffix(".image"), place / "ballast"
        self._size = megabytes << 20
        place.mkdir(parents=True)
        if kind == "ext4":
            with self._image.open("wb") as file:
                file.truncate(self._size)
            _do("mkfs.ext4", "-q", "-m", "0", str(self._image))

    def mount(self) -> None:
        """Mount it."""
        if self.kind == "tmpfs":
            _do("mount", "-t", "tmpfs", "-o", f"size={self._size}", "tmpfs", str(self.place))
        else:
            _do("mount", "-o", "loop,errors=remount-ro", str(self._image), str(self.place))

    def unmount(self) -> None:
        """Unmount it; whoever has a file open keeps us from it."""
        _do("umount", str(self.place))

    def fill(self) -> None:
        """Write until nothing more fits."""
        with self._ballast.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * _BLOCK)
            except OSError as error:
                assert error.errno == errno.ENOSPC, error  # noqa: PT017 - the loop ends in no other way

    def make_room(self) -> None:
        """Take away what fills it."""
        self._ballast.unlink()

    def read_only(self, *, yes: bool) -> None:
        """Remount it; waits for those who still have a file open for writing, as the dying have."""
        command = ["mount", "-o", f"remount,{'ro' if yes else 'rw'}", str(self.place)]
        until(lambda: subprocess.run(command, capture_output=True, check=False).returncode == 0, 10, " ".join(command))

    def can_break(self) -> bool:
        """Return whether we may tell the kernel that this file system has an error."""
        return self.kind == "ext4" and os.access(self._trigger(), os.W_OK)

    def break_(self) -> None:
        """Let the file system find an error: it becomes read-only under everybody's feet until it is mounted anew."""
        self._trigger().write_text("1")

    def repair(self) -> None:
        """Mend what the error has left; unmounted."""
        done = subprocess.run(["e2fsck", "-p", "-f", str(self._image)], capture_output=True, text=True, check=False)
        assert done.returncode in {0, 1}, done.stdout  # 1 = mended

    def _trigger(self) -> Path:
        source = _do("findmnt", "-no", "SOURCE", str(self.place)).strip()
        return Path("/sys/fs/ext4") / Path(source).name / "trigger_fs_error"


def _do(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


def full(world: World, disk: Disk | None, seconds: float, *, readiness: bool = False, part: str = "") -> None:
    """Let nothing be written for so long; intake must say so, acknowledge nothing and go on by itself.

    Args:
        world: whose data folder is on the disk.
        disk: None = the processes may write to no file any more.
        seconds: after intake has paused.
        readiness: whether the address of readiness is asked, too (the part `api` runs).
        part: without a disk, the part that can write nothing; empty = all.
    """
    service = world.service
    place, living = service.log_place(), service.living()
    began = time.monotonic()

    def hold() -> bool:
        """Keep it full: others let go of room."""
        if disk is None:
            service.limit_files(full=True, part=part)
        else:
            disk.fill()
        return service.said("intake pauses", place)

    until(hold, 30, f"intake says that it pauses\n{world.log()}")
    _while_it_cannot_keep(world, seconds, hold)
    if readiness:
        took = until(lambda: hold() and service.ready()[0] == 503, 30, f"it says it is ready: {service.ready()}")
        world.figures.setdefault("told_not_ready_after_s", []).append(round(seconds + took, 1))
    if disk is None:
        service.limit_files(full=False, part=part)
    else:
        disk.make_room()
    back = time.monotonic()
    until(lambda: service.said("intake goes on", place), 60, f"intake goes on by itself\n{world.log()}")
    until(service.connected, 60, f"intake is ready again\n{world.log()}")
    world.expect("collector" not in world.died(living), f"intake has died of a full disk\n{world.log()}")
    if not part:
        time.sleep(_ENDING_SECONDS)
    dead = world.died(living)
    until(lambda: service.living().keys() >= living.keys(), 60, f"all parts live again\n{world.log()}")
    world.figures.setdefault("full_disk", []).append(
        {
            "by": "no file may be written" if disk is None else disk.kind,
            "s": round(back - began, 1),
            "goes_on_after_s": round(time.monotonic() - back, 1),
            "pauses_said": service.log.read_bytes()[place:].count(b"intake pauses"),
            "parts_started_again": dead,
        }
    )


def _while_it_cannot_keep(world: World, seconds: float, hold: Callable[[], object]) -> None:
    """See that nothing is acknowledged without a commit."""
    service = world.service
    before = {name: service.counter("collector", name) for name in ("commits", "acknowledged")}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        hold()
        time.sleep(0.05)
    more = {name: service.counter("collector", name) - count for name, count in before.items()}
    world.expect(more["commits"] or not more["acknowledged"], f"acknowledged without a commit: {more}")


def breaks(world: World, disk: Disk, seconds: float) -> None:
    """Let the file system become read-only while everything runs; then it is mended, and the service started again."""
    service = world.service
    place, living = service.log_place(), service.living()
    disk.break_()
    until(lambda: service.said("intake pauses", place), 30, f"intake says that it pauses\n{world.log()}")
    time.sleep(seconds)
    world.expect("collector" not in world.died(living), f"intake has died of a broken disk\n{world.log()}")
    code = service.stop()
    disk.unmount()
    disk.repair()
    disk.mount()
    service.start()
    until(service.connected, 60, f"intake is there again\n{world.log()}")
    world.figures["broken_disk"] = {"exit_code_of_the_stop": code}


def starts_read_only(world: World, disk: Disk, seconds: float) -> None:
    """Start the service on a read-only disk: it must not come up half, and go on when the disk can be written."""
    service = world.service
    world.may_come_again = True
    service.kill()
    disk.read_only(yes=True)
    place = service.log_place()
    service.start()
    until(lambda: service.said("Read-only file system", place), 60, f"it is told why it cannot start\n{world.log()}")
    time.sleep(seconds)
    world.expect(not service.connected(), "on a read-only disk, intake says that it is ready")
    running = service.running
    disk.read_only(yes=False)
    if not running:
        service.start()  # as systemd does
    took = until(service.connected, 90, f"intake is there again\n{world.log()}")
    world.figures["read_only_at_start"] = {"waits_by_itself": running, "well_again_after_s": round(took, 1)}
