"""The doorbell: heard by all who listen, in nobody's way."""

from __future__ import annotations

from qualicity.store.doorbell import Doorbell, ring


def test_every_listener_hears_many_rings_as_one(tmp_path):
    with Doorbell(tmp_path, "one") as one, Doorbell(tmp_path, "two") as two:
        ring(tmp_path)
        ring(tmp_path)

        assert one.wait(5)
        assert two.wait(5)
        assert not one.wait(0)
        assert not two.wait(0.001)


def test_nobody_at_home_is_no_trouble(tmp_path):
    """No folder, a listener that was killed, a file that is no socket, a listener that does not listen."""
    ring(tmp_path)
    with Doorbell(tmp_path, "deaf"):
        (tmp_path / "run" / "gone.bell").touch()
        for _ in range(1000):
            ring(tmp_path)
    with Doorbell(tmp_path, "deaf") as again:
        assert not again.wait(0)


def test_a_folder_may_lie_deep(tmp_path):
    """Addresses of sockets end at 107 bytes; paths do not."""
    deep = tmp_path / ("d" * 120) / "site"
    deep.mkdir(parents=True)
    with Doorbell(deep, "listener") as bell:
        ring(deep)
        assert bell.wait(5)
