"""Every error that Qualicity raises on purpose.

QualicityError              cause and mend, one line each; exit code
├── UsageError         (2)  wrong use: unknown name, bad option, unknown standard
├── InputError         (2)  bad input: a file, a payload, a table
├── IntegrityError     (1)  what is stored is not what was stored
├── Retryable          (3)  an outside service may answer later
└── Permanent          (3)  an outside service will not answer this, however often it is asked
"""

from __future__ import annotations

from typing import ClassVar


class QualicityError(Exception):
    """An error with its cause and its mend, each one line, for people."""

    exit_code: ClassVar[int] = 2

    def __init__(self, cause: str, mend: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.cause}\n{self.mend}" if self.mend else self.cause


class UsageError(QualicityError):
    """Wrong use: an unknown name, a bad option, a standard that does not exist."""


class InputError(QualicityError):
    """Bad input: a file, a payload or a table that cannot be taken as it is."""


class IntegrityError(QualicityError):
    """What is stored is not what was stored."""

    exit_code = 1


class Retryable(QualicityError):  # noqa: N818 - an outcome word, as the design names it
    """An outside service failed in a way that may pass."""

    exit_code = 3


class Permanent(QualicityError):  # noqa: N818 - an outcome word, as the design names it
    """An outside service refused in a way that will not pass."""

    exit_code = 3
