"""What is wrong with what people ask of a site, beside wrong use: nothing of HTTP, so that commands know it, too."""

from __future__ import annotations

from qualicity.errors import UsageError


class MissingError(UsageError):
    """What an address names does not exist."""


class ConflictError(UsageError):
    """A change does not fit what is: it was made already, or something else has happened since."""


class TooLargeError(UsageError):
    """A body is larger than the service takes."""


class TooOftenError(UsageError):
    """Somebody asks more often than is allowed.

    Args:
        cause: one line.
        mend: one line.
        seconds: after which it can be tried again; 0 = not known.
    """

    def __init__(self, cause: str, mend: str = "", seconds: int = 0) -> None:
        super().__init__(cause, mend)
        self.seconds = seconds
