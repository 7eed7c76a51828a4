"""Persons stand in records as salted hashes alone.

HMAC-SHA-256 of an identity number under a salt that is kept apart from the data: who holds the salt can find out
whether two records are about one person, and nobody else can find out who it is. All who file use the same salt.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from pathlib import Path

from qualicity.errors import InputError, UsageError
from targets.records.identifiers import resident

SHORTEST_SALT = 32
"""Characters; 32 hexadecimal digits are 128 bits."""

_SHORTEST_NUMBER = 5
_CARD_LENGTHS = (15, 18)


def person_hash(number: str, salt: bytes) -> str:
    """Return what stands for a person: 64 hexadecimal digits.

    Spaces, hyphens, full-width digits and small letters make no other person.

    Args:
        number: of an identity card, a passport or a permit.
        salt: the city's secret.

    Raises:
        InputError: it is no number, or an identity card whose check digit is wrong. The message does not repeat it.
    """
    written = unicodedata.normalize("NFKC", number).upper()
    plain = "".join(character for character in written if character not in " -")
    if len(plain) < _SHORTEST_NUMBER or not (plain.isascii() and plain.isalnum()):
        raise InputError("not the number of an identity document", "give one number a line, without the name")
    if len(plain) in _CARD_LENGTHS and plain[:15].isdigit():
        card = resident(plain)
        if card is None:
            raise InputError("the check digit of an identity card is wrong", "compare the number with the card")
        plain = card
    return hmac.new(salt, plain.encode(), hashlib.sha256).hexdigest()


def read_salt(file: Path, data: Path) -> bytes:
    """Return the salt of a file.

    Args:
        file: holds the salt and nothing else.
        data: folder of the site's data; the salt must not stand in it.

    Raises:
        UsageError: it stands beside the data, or is too short to keep a secret.
        InputError: it cannot be read.
    """
    if file.resolve().is_relative_to(data.resolve()):
        raise UsageError("the salt stands beside the data that it protects", "keep it in another place")
    try:
        salt = file.read_bytes().strip()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}", "give the file that holds the salt") from error
    if len(salt) < SHORTEST_SALT:
        raise UsageError(
            f"the salt has {len(salt)} characters, at least {SHORTEST_SALT} are needed",
            "make one: openssl rand -hex 32 > salt.txt",
        )
    return salt
