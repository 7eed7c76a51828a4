"""A real server on loopback for tests: an application, served while a block runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from collector.embedded_broker import free_port

_SECONDS = 20.0


@contextmanager
def serving(application: FastAPI, port: int = 0) -> Iterator[str]:
    """Serve an application while a block runs; yield its address.

    Args:
        application: is served.
        port: where; 0 = a free one.

    Raises:
        TimeoutError: it does not start.
    """
    port = port or free_port()
    server = uvicorn.Server(
        uvicorn.Config(application, port=port, log_level="warning", log_config=None, lifespan="off")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    end = time.monotonic() + _SECONDS
    while not server.started:
        if time.monotonic() > end or not thread.is_alive():
            raise TimeoutError("the server does not start")
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        server.force_exit = True  # streams of events have no end
        thread.join(_SECONDS)
