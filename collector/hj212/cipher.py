"""Encrypted packets of HJ 212-2025 (6.4.2, annex A.2): SM4-ECB over the CP, without padding.

The plain frame is made first; its checksum and its length stay. Of the text between `CP=&&` and `&&` whole blocks of
sixteen bytes are encrypted and written as `{0xE4,0x3E,...}`; what is left over follows the brace as it is.

A code book shows equal blocks as equal: it hides values from a passer-by and proves no sender.
"""

from __future__ import annotations

import re

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from collector.hj212.segment import Malformed
from qualicity.errors import InputError

KEY_BYTES = 16

_BLOCK = 16
_OPEN, _CLOSE = b"CP=&&", b"&&"
_ENCRYPTED = re.compile(rb"\{((?:0x[0-9A-Fa-f]{2}(?:,0x[0-9A-Fa-f]{2})*)?)\}([^{}]*)")


def is_encrypted(segment: bytes) -> bool:
    """Return whether the CP of a data segment begins with a brace."""
    return _OPEN + b"{" in segment


def encrypt(frame: bytes, key: bytes) -> bytes:
    """Return a plain frame as it travels encrypted; length and checksum stay those of the plain one.

    Raises:
        InputError: the key is not of sixteen bytes.
    """
    head, cp, tail = _parts(frame)
    whole = len(cp) - len(cp) % _BLOCK
    encryptor = _sm4(key).encryptor()
    blocks = encryptor.update(cp[:whole]) + encryptor.finalize()
    written = ",".join(f"0x{byte:02X}" for byte in blocks).encode()
    return b"%b{%b}%b%b" % (head, written, cp[whole:], tail)


def decrypt(segment: bytes, key: bytes) -> bytes:
    """Return the plain data segment, which the checksum is of.

    Raises:
        Malformed: what stands in the CP is not what encryption makes.
        InputError: the key is not of sixteen bytes.
    """
    head, cp, tail = _parts(segment)
    match = _ENCRYPTED.fullmatch(cp)
    if match is None:
        raise Malformed("its encrypted CP is not {0x..,0x..} and a rest")
    blocks = bytes.fromhex(match[1].replace(b"0x", b"").replace(b",", b"").decode())
    if len(blocks) % _BLOCK or len(match[2]) >= _BLOCK:
        raise Malformed(f"{len(blocks)} encrypted bytes and {len(match[2])} plain ones are not blocks and a rest")
    decryptor = _sm4(key).decryptor()
    return head + decryptor.update(blocks) + decryptor.finalize() + match[2] + tail


def check_key(key: bytes) -> None:
    """Refuse a key that is none.

    Raises:
        InputError: it is not of sixteen bytes.
    """
    if len(key) != KEY_BYTES:
        raise InputError(f"an SM4 key has {KEY_BYTES} bytes, this one {len(key)}", "mend the logger's key")


def _sm4(key: bytes) -> Cipher[modes.ECB]:
    check_key(key)
    return Cipher(SM4(key), modes.ECB())  # noqa: S305 - the standard's mode


def _parts(text: bytes) -> tuple[bytes, bytes, bytes]:
    """Return what stands before a CP's content, the content, and what stands behind it."""
    start = text.find(_OPEN)
    end = text.rfind(_CLOSE)
    if start < 0 or end < start + len(_OPEN):
        raise Malformed("no CP=&&...&& is in it")
    start += len(_OPEN)
    return text[:start], text[start:end], text[end:]
