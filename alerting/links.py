"""Links by which a phone acknowledges without a login: signed, expiring, good for one incident and one person.

Whoever holds such a link may use it once: a token says for whom it was made, and the store remembers that it was used
(`store/links.py`). There may be several keys: the newest signs, all verify, so that a key can be replaced while
links are on their way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from itsdangerous import BadSignature, URLSafeSerializer

from qualicity.errors import InputError, UsageError
from qualicity.periods import HOUR_MS

LEAST_KEY = 32
"""Characters that a key has at least."""

_PURPOSE = "qualicity.acknowledge"
_LONGEST = 2_000
"""Characters of a token that is looked at at all."""


class Claim(NamedTuple):
    """What a link says."""

    incident: int
    person: str  # id in oncall.toml; "" = a chat
    channel: str  # id in oncall.toml
    until: int  # ms UTC


class ForgedError(UsageError):
    """A link that this service did not make, or that was changed on its way."""


class ExpiredError(UsageError):
    """A link that is no longer good; `claim` says what it was for."""

    def __init__(self, cause: str, mend: str, claim: Claim) -> None:
        super().__init__(cause, mend)
        self.claim = claim


class Links:
    """Makes and reads links.

    Args:
        keys: the newest first; each at least `LEAST_KEY` characters.
        hours: how long a link is good.

    Raises:
        InputError: no key, or one that is too short.
    """

    def __init__(self, keys: Sequence[str], hours: float = 24.0) -> None:
        if not keys or min(map(len, keys)) < LEAST_KEY:
            raise InputError(
                f"a key that signs links has at least {LEAST_KEY} characters",
                "make one: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'",
            )
        self._serializer = URLSafeSerializer(
            list(reversed(keys)),
            salt=_PURPOSE,
            signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
        )  # the library signs with the last
        self._good_ms = round(hours * HOUR_MS)

    def sign(self, incident: int, person: str, channel: str, now: int) -> str:
        """Return a token for one incident, one person and one channel."""
        token = self._serializer.dumps([incident, person, channel, now + self._good_ms])
        return token if isinstance(token, str) else token.decode("ascii")

    def read(self, token: str, now: int) -> Claim:
        """Return what a token says.

        Raises:
            ForgedError: it was not signed by any of the keys, or was changed.
            ExpiredError: it was good once.
        """
        try:
            if len(token) > _LONGEST:
                raise BadSignature("too long")  # noqa: TRY301 - the same answer as for any other forged link
            claim = Claim(*self._serializer.loads(token))
        except BadSignature as error:
            raise ForgedError(
                "this link was not made by this service, or was changed on its way", "open the newest message"
            ) from error
        if claim.until <= now:
            raise ExpiredError("this link has expired", "open the newest message, or the page of the incident", claim)
        return claim


def token_hash(token: str) -> str:
    """Return what the store remembers of a used token: not the token itself."""
    return hashlib.sha256(token.encode()).hexdigest()


def load_links(path: Path, hours: float) -> Links:
    """Return links signed by the keys of a file: one a line, the newest first.

    Raises:
        InputError: the file cannot be read, or holds no good key.
    """
    try:
        lines = path.read_text("utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}: the keys of the links cannot be read: {error}", "see alerting.link_key_file"
        ) from error
    return Links(lines, hours)
