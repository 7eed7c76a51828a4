"""Persons are salted hashes: the same for one person, nothing to others, and never beside their salt."""

import hashlib
import hmac

import pytest

from qualicity.errors import InputError, UsageError
from targets.records.persons import person_hash, read_salt

SALT = b"0123456789abcdef0123456789abcdef"
CARD = "11010519491231002X"


def test_it_is_the_keyed_hash_that_it_says():
    assert person_hash(CARD, SALT) == hmac.new(SALT, CARD.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    "written", [CARD.lower(), f" {CARD} ", "110105 19491231 002X", "110105491231002", "\uff11" + CARD[1:]]
)
def test_one_person_is_one_hash_however_it_is_written(written):
    assert person_hash(written, SALT) == person_hash(CARD, SALT)


def test_another_salt_or_person_is_another_hash():
    hashes = {person_hash(number, salt) for number in (CARD, "E12345678", "E12345679") for salt in (SALT, SALT[::-1])}
    assert len(hashes) == 6


@pytest.mark.parametrize("text", ["", "张三", "1234", "someone@example.org", "110105194912310021", "110105491231002A;"])
def test_what_is_no_number_of_a_document_is_refused_and_not_repeated(text):
    with pytest.raises(InputError) as refused:
        person_hash(text, SALT)
    assert text == "" or text not in str(refused.value)


def test_a_salt_is_long_and_apart_from_the_data(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    outside, inside, short = tmp_path / "salt", data / "salt", tmp_path / "short"
    for file, text in ((outside, SALT + b"\n"), (inside, SALT), (short, SALT[:-1])):
        file.write_bytes(text)
    assert read_salt(outside, data) == SALT
    with pytest.raises(UsageError, match="beside the data"):
        read_salt(inside, data)
    with pytest.raises(UsageError, match="31 characters"):
        read_salt(short, data)
    with pytest.raises(InputError, match="cannot be read"):
        read_salt(tmp_path / "nowhere", data)


def test_a_link_does_not_hide_a_salt_beside_the_data(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "salt").write_bytes(SALT)
    (tmp_path / "link").symlink_to(data / "salt")
    with pytest.raises(UsageError):
        read_salt(tmp_path / "link", data)
