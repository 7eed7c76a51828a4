"""Links of acknowledgement: only ours, only for a while, only once; keys can be replaced on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.links import Claim, ExpiredError, ForgedError, Links, load_links, token_hash
from alerting.requests import use_link
from alerting.store import AlertStore
from qualicity.errors import InputError

OLD, NEW, OTHER = ("o" * 40, "n" * 40, "x" * 40)
NOW = 1_795_312_800_000
HOUR = 3_600_000


def test_a_link_says_for_whom_it_is():
    """What was signed is read back, with the end of its time."""
    links = Links([NEW], hours=2)
    assert links.read(links.sign(17, "值班-1", "chat", NOW), NOW) == Claim(17, "值班-1", "chat", NOW + 2 * HOUR)


def test_it_is_good_until_its_hour():
    """One ms before it is good, at its hour it is not; it still says what it was for."""
    links = Links([NEW], hours=2)
    token = links.sign(17, "duty-1", "chat", NOW)

    assert links.read(token, NOW + 2 * HOUR - 1)
    with pytest.raises(ExpiredError) as expired:
        links.read(token, NOW + 2 * HOUR)
    assert expired.value.claim.incident == 17


def test_keys_are_replaced_while_links_are_on_their_way():
    """The newest signs, older ones still verify; a key that is gone does not."""
    before, during, after = Links([OLD]), Links([NEW, OLD]), Links([NEW])
    old, new = before.sign(1, "a", "c", NOW), during.sign(1, "a", "c", NOW)

    assert during.read(old, NOW) == before.read(old, NOW)
    assert after.read(new, NOW).incident == 1
    for links, token in ((after, old), (before, new), (Links([OTHER]), new)):
        with pytest.raises(ForgedError):
            links.read(token, NOW)


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_no_changed_link_is_taken(place, character):
    """Any one character changed, left out or added: not ours, or the very same bytes under another spelling."""
    links = Links([NEW])
    token = links.sign(17, "duty-1", "chat", NOW)
    place %= len(token)
    for changed in (token[:place] + character + token[place + 1 :], token[:place] + token[place + 1 :],
                    token[:place] + character + token[place:]):  # fmt: skip
        try:
            claim = links.read(changed, NOW)
        except ForgedError:
            continue
        assert claim == links.read(token, NOW)


@pytest.mark.parametrize("token", ["", ".", "a.b", "x" * 5_000, "\N{SNOWMAN}", "..", "\x00"])
def test_rubbish_is_refused(token):
    """Nothing but a clear refusal comes of any other text."""
    with pytest.raises(ForgedError):
        Links([NEW]).read(token, NOW)


def test_a_link_signed_for_something_else_is_refused():
    """A token of the same key for another purpose is none of ours."""
    from itsdangerous import URLSafeSerializer

    with pytest.raises(ForgedError):
        Links([NEW]).read(str(URLSafeSerializer(NEW, salt="other").dumps([17, "duty-1", "chat", NOW * 2])), NOW)


def test_a_short_key_signs_nothing(tmp_path):
    """A key that could be guessed is refused; a file of keys is read line by line, the newest first."""
    path = tmp_path / "keys"
    path.write_text(f"{NEW}\n{OLD}\n", encoding="utf-8")
    links = load_links(path, 24.0)

    assert Links([NEW]).read(links.sign(1, "a", "c", NOW), NOW)
    assert links.read(Links([OLD]).sign(1, "a", "c", NOW), NOW)
    for keys in ([], ["short"], [NEW, "short"]):
        with pytest.raises(InputError, match="at least 32"):
            Links(keys)
    with pytest.raises(InputError, match="cannot be read"):
        load_links(tmp_path / "none", 24.0)


def test_the_token_itself_is_not_kept(tmp_path):
    """The store knows a used link by its hash: who reads the file or a backup cannot use it."""
    links = Links([NEW])
    token = links.sign(17, "duty-1", "chat", NOW)
    path = tmp_path / "alerting.db"
    with AlertStore(path) as store:
        use_link(store, token, links.read(token, NOW), "duty-1", NOW)
        store.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    content = path.read_bytes()
    assert token.encode() not in content
    assert token_hash(token).encode() in content


def test_of_many_at_once_one_uses_it(tmp_path):
    """Eight presses at the same moment make one request."""
    links, path = Links([NEW]), tmp_path / "alerting.db"
    token = links.sign(17, "duty-1", "chat", NOW)
    with AlertStore(path):  # the tables are there before all begin
        pass

    def press(number):
        with AlertStore(path) as store:
            return use_link(store, token, links.read(token, NOW), f"person-{number}", NOW)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(press, range(8)))
    with AlertStore(path) as store:
        (command,) = store.commands.waiting()

    assert [fresh for _, fresh in found].count(True) == 1
    assert {use.who for use, _ in found} == {command.who}


def test_a_link_is_used_once(tmp_path):
    """The first use makes a request, any further one finds the first and makes none."""
    links = Links([NEW])
    token, other = (links.sign(17, person, "chat", NOW) for person in ("duty-1", "duty-2"))
    with AlertStore(tmp_path / "alerting.db") as store:
        first, fresh = use_link(store, token, links.read(token, NOW), "duty-1", NOW)
        again, fresh_again = use_link(store, token, links.read(token, NOW), "somebody", NOW + 5)
        use_link(store, other, links.read(other, NOW), "duty-2", NOW + 9)
        commands = store.commands.waiting()

    assert (fresh, fresh_again, again) == (True, False, first)
    assert [(one.id, one.kind, one.target, one.who, one.via) for one in commands] == [
        (first.command, "acknowledge", "incident:17", "duty-1", "link"),
        (first.command + 1, "acknowledge", "incident:17", "duty-2", "link"),
    ]
    assert commands[0].arguments == {"person": "duty-1", "channel": "chat"}
