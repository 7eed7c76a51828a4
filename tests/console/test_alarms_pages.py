"""The pages of alarms: what stands, an incident, the page of a link. Looking never changes anything."""

from __future__ import annotations

import re
import shutil
from importlib.resources import files
from string import Formatter
from typing import get_args

import pytest
from msgspec.structs import replace

from alerting.incidents import Untold
from alerting.links import Links
from alerting.state import Kind
from alerting.store import NAME, AlertStore
from alerting.store.outbox import Outcome
from alerting.store.outbox import State as Delivery
from console.access.testing import SignedIn
from console.alarms.rows import STATES
from console.alarms.testing import DINGLING, HOUR, KEY, WANLIU, Browser, Hand, fill
from console.api import application
from console.site import open_site
from console.web.alarms.words import texts
from qualicity.testing import FakeClock

NOW = 1_795_312_800_000
HOSTILE = "<b>定陵</b>"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BUTTON = '<button type="submit">'


@pytest.fixture
def clock():
    """Return a clock that stands at 2026-11-22 10:00 +08:00."""
    return FakeClock(NOW)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Return a data folder with alarms in every state, to be copied."""
    folder = tmp_path_factory.mktemp("filled")
    fill(folder, NOW)
    return folder


@pytest.fixture
def site(tmp_path, filled):
    """Return a data folder with alarms in every state, and a key for links."""
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    (tmp_path / "keys").write_text(KEY, encoding="utf-8")
    (tmp_path / "qualicity.toml").write_text(
        f'[alerting]\nlink_key_file = "{tmp_path / "keys"}"\npublic_url = "https://air.example"\n', encoding="utf-8"
    )
    return tmp_path


@pytest.fixture
def browser(site, clock):
    """Return what asks the site's API."""
    return Browser(application(site, clock, access=SignedIn("duty-1", "duty")))


@pytest.fixture
def as_(site, clock):
    """Return what asks the site's API as somebody else."""
    return lambda *who, **scope: Browser(application(site, clock, access=SignedIn(*who, **scope)))


@pytest.fixture
def token(clock):
    """Return the maker of tokens for incidents."""
    links = Links([KEY])
    return lambda incident=1, person="duty-1", at=None: links.sign(incident, person, "chat", at or clock.now())


def _commands(site):
    with AlertStore(site / NAME, reader=True) as store:
        return store.commands.waiting()


ALARM = "/alarms/alarm?name=air-o3-1h@beijing/dx/o3"
PAGES = ("/alarms", "/alarms/incidents/1", "/alarms/incidents/2", "/alarms/handover", ALARM, "/alarms/incidents/99",
         "/ack/x", "/ack/TOKEN")  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_are_whole_and_ask_nobody_else(browser, token, path, language, parsed):
    """Tags close, nothing is fetched from elsewhere, names are escaped, both languages are whole."""
    answer = browser.get(f"{path.replace('TOKEN', token())}{'&' if '?' in path else '?'}lang={language}")
    parser = parsed(answer.text)

    assert not {"img", "iframe"} & set(parser.tags)
    assert parser.tags.count("script") == answer.text.count('src="') == 1  # that of the frame, none in the page
    assert not [address for address in parser.addresses if address.startswith(("http", "//"))]
    assert "<b>" not in answer.text
    assert answer.headers["content-language"] == language
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in answer.text
    for name, value in {"cache-control": "no-store", "x-robots-tag": "noindex"}.items():
        assert answer.headers[name] == value
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", PAGES[:5])
def test_links_stay_within_any_prefix(browser, path, parsed):
    """Links are relative, so that a proxy may put the service anywhere; they lead to what is there."""
    for address in parsed(browser.get(path).text).addresses:
        assert not address.startswith("/")
        if address.startswith(("../alarms", "./alarms", "../runbooks", "./runbooks", "../../alarms", "../../runbooks")):
            assert browser.get(str(browser.base.join(path).join(address))).status_code in {200, 405}, address


def test_every_state_in_its_order(browser):
    """What waits for somebody is first; what never was an alarm is not listed; the incident is linked."""
    text = browser.get("/alarms").text
    places = [text.index(f'class="state-{state}"') for state in STATES]

    assert places == sorted(places)
    assert "air-pm10-24h" not in text
    assert text.index("301.5") < text.index("215 ")  # the later one first
    assert 'href="./alarms/incidents/1"' in text
    assert "&lt;b&gt;定陵" in text


def test_a_silent_engine_is_said(browser, site, clock):
    """What is shown when nothing runs is the past, and says so; while it runs nothing of that kind is said."""
    said = texts()["engine_silent"]["en"]
    assert said in browser.get("/alarms?lang=en").text
    assert said in browser.get("/alarms/incidents/1?lang=en").text

    with Hand(site, clock):
        assert said not in browser.get("/alarms?lang=en").text


def test_an_alarm_without_data_says_so(browser, clock):
    """It stands because nothing says that it is over; that is not the same as a value that is still too high."""
    assert "no data since" not in browser.get("/alarms?lang=en").text
    clock.advance(3 * 3600)
    assert "no data since" in browser.get("/alarms?lang=en").text
    assert "起无新数据" in browser.get("/alarms?lang=zh").text


def test_an_incident_tells_all(browser):
    """Members, timeline, and of each message the channel, the person, every try and the provider's code."""
    text = browser.get("/alarms/incidents/1?lang=en").text

    assert text.index("301.5 µg/m³ &gt; 200") < text.index("215 µg/m³ &gt; 200")
    for said in ("raised", "people are told", "duty-1", "duty-2", "delivered", "not delivered", "130101 send too fast",
                 "550 no such mailbox", "limit as recalled", "2 standing"):  # fmt: skip
        assert said in text
    assert "a@b.cn" not in text  # an address is nobody's business where there is a person


def test_an_incident_that_is_over(browser):
    """Who had it; nothing to acknowledge or to shelve any more."""
    text = browser.get("/alarms/incidents/2?lang=en").text
    assert "duty-1, 11-22 06:00" in text
    assert "alarms/acknowledge" not in text
    assert "alarms/shelve" not in text


def _post(browser, path, **fields):
    return browser.post(f"/alarms/{path}?lang=en", data=fields)


def _log(site):
    with open_site(site) as opened:
        return [(one.action, one.about, one.who, one.via) for one in reversed(opened.ledger.audit.entries())]


def test_the_button_of_an_incident(browser, site, clock):
    """It takes the incident on, under the name of whoever is signed in, whatever a field says."""
    with Hand(site, clock):
        answer = _post(browser, "acknowledge", target="incident:1", who="somebody")
        shown = browser.get(str(browser.base.join("/alarms/acknowledge").join(answer.headers["location"])))

    assert answer.status_code == 303
    assert "Acknowledged." in shown.text
    with AlertStore(site / NAME, reader=True) as store:
        assert store.incidents.find(1).acknowledged_by == "duty-1"
    assert _log(site) == [("alarm.acknowledge", "incident:1", "duty-1", "page")]


def test_what_the_engine_refuses(browser, site, clock):
    """Asked, refused, both kept; the page says why in the reader's language."""
    with Hand(site, clock):
        answer = browser.post("/alarms/acknowledge", data={"target": "incident:2"})

    assert answer.status_code == 409
    assert "无需确认" in answer.text
    assert [one[0] for one in _log(site)] == ["alarm.acknowledge", "alarm.refused"]


def test_shelving(browser, site, clock):
    """For a time and a reason, which the hand-over shows; not for longer than the rule allows; and back."""
    with Hand(site, clock):
        assert _post(browser, "shelve", target="incident:1", why="pump", **{"for": "2 h"}).status_code == 303
        assert _post(browser, "shelve", target="incident:1", why="pump", **{"for": "8 d"}).status_code == 400
        assert _post(browser, "shelve", target="incident:1", why=" ", **{"for": "2 h"}).status_code == 400
        assert _post(browser, "shelve", target="incident:1", why="pump", **{"for": "2"}).status_code == 400
        assert _post(browser, "unshelve", target="air-so2-1h@beijing/wl/so2").status_code == 303

    assert [one[0] for one in _log(site)] == ["alarm.shelve", "alarm.unshelve"]
    text = browser.get("/alarms/incidents/1?lang=en").text
    assert "until 11-22 12:00; pump" in text
    assert "The rule allows 7 d at most" in text


def test_an_incident_is_unshelved_where_it_was_shelved(browser, site, clock):
    """While one of its alarms is shelved, its shelving may be ended there; when all are, none is left to shelve."""

    def acts():
        page = browser.get("/alarms/incidents/1").text
        return re.findall(r'action="[^"]*alarms/(shelve|unshelve)', page)

    def shelve(until, *names):
        with AlertStore(site / NAME) as store, store.transaction():
            kept = {name: store.alarms.find(name) for name in names}
            shelved = {n: one._replace(state=replace(one.state, shelved_until=until)) for n, one in kept.items()}
            store.alarms.save(shelved, clock.now())
        clock.advance(60)  # answers are kept for a minute

    assert acts() == ["shelve"]
    shelve(clock.now() + HOUR, WANLIU)
    assert acts() == ["unshelve", "shelve"]
    shelve(clock.now() + HOUR, DINGLING)
    assert acts() == ["unshelve"]
    shelve(0, WANLIU, DINGLING)
    assert acts() == ["shelve"]


def test_notes(browser, site):
    """Of an incident beside its timeline, of the shift at the hand-over, escaped; both without an engine."""
    for target in ("incident:1", "shift"):
        assert _post(browser, "notes", target=target, text=f"{HOSTILE} {target}").status_code == 303
    for text in ("", " \n", "\u202e", "x" * 3_000):
        assert _post(browser, "notes", target="shift", text=text).status_code in {400, 422}
    assert _post(browser, "notes", target="incident:99", text="x").status_code == 404

    incident, shift = browser.get("/alarms/incidents/1").text, browser.get("/alarms/handover").text
    assert "&lt;b&gt;定陵&lt;/b&gt; incident:1" in incident
    assert "&lt;b&gt;定陵&lt;/b&gt; shift" not in incident
    assert shift.index("&lt;/b&gt; shift") < shift.index("&lt;/b&gt; incident:1")  # the newest first
    assert [one[:2] for one in _log(site)] == [("alarm.note", "incident:1"), ("handover.note", "shift")]


def test_the_hand_over_says_who_is_on_duty(browser, site):
    """By the on-call file; that there is none, or that it cannot be read, is said."""
    said = {"no on-call file": None, "cannot be read": "rota = 1"}
    for words, content in said.items():
        if content:
            (site / "oncall.toml").write_text(content, encoding="utf-8")
        assert words in browser.get("/alarms/handover?lang=en").text


CHANGES = ("acknowledge", "shelve", "unshelve", "notes")


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize(
    ("who", "cities"),
    [(("officer-1", "officer"), ()), (("viewer-1", "viewer"), ()), (("editor-1", "editor"), ()),
     (("duty-9", "duty"), ("shenzhen",))],
)  # fmt: skip
def test_who_may_not(as_, site, path, who, cities):
    """Another role, another city: 403, no button, and nothing is asked of the engine."""
    browser = as_(*who, cities=frozenset(cities))
    fields = {"target": "incident:1", "for": "1 h", "why": "x", "text": "x"}
    assert browser.post(f"/alarms/{path}", data=fields).status_code == 403
    fields["target"] = "air-o3-1h@beijing/wl/o3"
    assert browser.post(f"/alarms/{path}", data=fields).status_code == 403
    assert _commands(site) == []
    assert "alarms/acknowledge" not in browser.get("/alarms/incidents/1").text


def test_a_foreign_city_is_not_seen(as_):
    """Lists leave it out, its own pages are refused."""
    browser = as_("viewer-1", "viewer", cities=frozenset({"shenzhen"}))
    assert "beijing" not in browser.get("/alarms").text
    assert "incidents/1" not in browser.get("/alarms/handover").text
    for path in ("/alarms?city=beijing", "/alarms/incidents/1", ALARM):
        assert browser.get(path).status_code == 403


def test_filters(browser):
    """By city and by severity."""
    assert "301.5" in browser.get("/alarms?city=beijing&severity=P2").text
    assert "301.5" not in browser.get("/alarms?severity=P1").text
    assert browser.get("/alarms?severity=P9").status_code == 422


def test_an_unknown_incident(browser, site):
    """There is nothing to see or to acknowledge."""
    assert browser.get("/alarms/incidents/99").status_code == 404
    assert browser.get(f"/alarms/incidents/{10**30}").status_code == 422
    assert browser.get("/alarms/alarm?name=air-o3-1h@beijing/none").status_code == 404
    assert _post(browser, "acknowledge", target="incident:99").status_code == 404
    assert _commands(site) == []


# links


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_acknowledges_nothing(browser, site, token, method):
    """A preview of a chat, a mail scanner, a browser that fetches ahead: the link is as good as before."""
    name = token()
    for agent in ("DingTalkBot-LinkService/1.0", "Mozilla/5.0 (compatible; bot)", "facebookexternalhit/1.1"):
        headers = {"User-Agent": agent, "Sec-Purpose": "prefetch"}
        assert browser.request(method, f"/ack/{name}", headers=headers).status_code == 200

    assert _commands(site) == []
    assert BUTTON in browser.get(f"/ack/{name}").text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_acknowledge_nothing(browser, site, token, method):
    """Only POST does."""
    assert browser.request(method, f"/ack/{token()}").status_code == 405
    assert _commands(site) == []


def test_the_button_acknowledges_once(browser, site, clock, token):
    """Pressed: done, as the person of the link. Pressed or opened again: who has it and since when, and no more."""
    name = token()
    with Hand(site, clock):
        first = browser.post(f"/ack/{name}?lang=en")
        clock.advance(60)
        again = browser.post(f"/ack/{name}?lang=en")
        seen = browser.get(f"/ack/{name}?lang=en")
        other = browser.post(f"/ack/{token(person='duty-2')}?lang=en")

    assert texts()["asked_done"]["en"] in first.text
    for answer in (again, seen, other):
        assert answer.status_code == 200
        assert "Already acknowledged by duty-1 at 11-22 10:00" in answer.text
        assert BUTTON not in answer.text
    with AlertStore(site / NAME, reader=True) as store:
        rows = store.database.rows("SELECT who, via, target FROM command")
    assert rows == [("duty-1", "link", "incident:1")]


def test_a_used_link_whose_alarm_came_back(browser, site, clock, token):
    """After the acknowledgement has expired the old link does nothing; a new message brings a new one."""
    name = token()
    with Hand(site, clock):
        browser.post(f"/ack/{name}")
    with AlertStore(site / NAME) as store:
        store.database.execute("UPDATE incident SET state = json_set(state, '$.acknowledged', 0) WHERE id = 1")

    for answer in (browser.get(f"/ack/{name}?lang=en"), browser.post(f"/ack/{name}?lang=en")):
        assert "duty-1 used this link at 11-22 10:00" in answer.text
        assert BUTTON not in answer.text
    assert _commands(site) == []
    assert BUTTON in browser.get(f"/ack/{token(at=clock.now() + 5)}").text


def test_while_the_engine_does_not_run(browser, site, token):
    """The request is kept, and the page does not claim more."""
    answer = browser.post(f"/ack/{token()}?lang=en")

    assert texts()["asked_silent"]["en"] in answer.text
    assert texts()["asked_done"]["en"] not in answer.text
    assert [one.who for one in _commands(site)] == ["duty-1"]


@pytest.mark.parametrize(("body", "who"), [("", "chat:chat"), ("who=duty-9", "duty-9 (chat:chat)")])
def test_a_link_that_a_whole_chat_has(browser, site, token, body, who):
    """Whoever presses may give a name; the chat is named in any case."""
    browser.post(f"/ack/{token(person='')}", content=body, headers=FORM)
    assert [one.who for one in _commands(site)] == [who]


def test_a_name_cannot_be_put_on_a_persons_link(browser, site, token):
    """The link says who it is; a field that is sent along changes nothing."""
    browser.post(f"/ack/{token()}", content="who=somebody", headers=FORM)
    assert [one.who for one in _commands(site)] == ["duty-1"]


def test_bad_links_say_what_to_do(browser, site, clock, token):
    """Expired: 410; forged or of another key: 403; of no incident: 404. None acknowledges."""
    old = token()
    clock.advance(24 * 3600)
    bad = {old: 410, f"{old[:-1]}A": 403, Links(["x" * 40]).sign(1, "a", "c", clock.now()): 403, token(77): 404}
    for name, status in bad.items():
        for answer in (browser.get(f"/ack/{name}"), browser.post(f"/ack/{name}")):
            assert answer.status_code == status
            assert BUTTON not in answer.text
            assert answer.headers["referrer-policy"] == "no-referrer"

    assert 'href="../alarms/incidents/1"' in browser.get(f"/ack/{old}").text
    assert _commands(site) == []


def test_a_links_address_is_told_to_nobody(browser, token):
    """Its page sends no referrer and is neither kept nor listed."""
    headers = browser.get(f"/ack/{token()}").headers
    assert (headers["referrer-policy"], headers["cache-control"]) == ("no-referrer", "no-store")


def test_without_keys_links_are_off(as_, site, token):
    """A site without a key takes no link."""
    (site / "qualicity.toml").unlink()
    browser = as_("duty-1", "duty")
    assert browser.post(f"/ack/{token()}").status_code == 404
    assert _commands(site) == []


def test_before_the_first_alarm(tmp_path, clock):
    """No store yet: the page says so and what to do; nothing is made by looking, nor by asking."""
    browser = Browser(application(tmp_path, clock, access=SignedIn("duty-1", "duty")))
    answer = browser.get("/alarms?lang=en")
    assert answer.status_code == 200
    assert _post(browser, "acknowledge", target="air-o3-1h@beijing/wl/o3").status_code == 404
    assert texts()["refused_none"]["en"] in answer.text
    assert not (tmp_path / NAME).exists()


def test_rules_that_cannot_be_read_hide_no_alarm(browser, site):
    """With a broken rules file alarms are shown by their ids."""
    (site / "rules.toml").write_text("rule = 1", encoding="utf-8")
    answer = browser.get("/alarms")
    assert answer.status_code == 200
    assert "air-o3-1h@beijing/wl/o3" in answer.text


# words


DID = "alarm_acknowledge alarm_shelve alarm_unshelve alarm_refused alarm_note handover_note"


def _places(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_the_catalogue_is_complete_and_used():
    """Both languages with the same places; every word that code makes up is there; nothing is left over."""
    places = (files("console.web.alarms"), files("console.web"), files("console.web") / "templates" / "alarms")
    code = "".join(
        path.read_text("utf-8") for place in places for path in place.iterdir() if path.name.endswith((".py", ".html"))
    )
    made = {f"state_{state}" for state in STATES} | {f"kind_{kind.value}" for kind in Kind}
    made |= {f"delivery_{state}" for state in get_args(Delivery)} | {f"try_{one}" for one in get_args(Outcome)}
    made |= {f"did_{action}" for action in re.findall(r"alarm_\w+|handover_\w+", DID)}
    made |= {f"untold_{why}" for why in get_args(Untold) if why}

    assert made <= set(texts())
    for key, entry in texts().items():
        assert set(entry) == {"zh", "en"}
        assert all(entry.values())
        assert _places(entry["zh"]) == _places(entry["en"])
        known = re.search(rf'["\']{key}["\']', code) or key in made
        assert known or key.startswith(("refused_", "stage_", "language_")), key
