"""The pages of alarms: what stands, an incident, the page of a link. Looking never changes anything."""

from __future__ import annotations

import re
import shutil
import tomllib
from importlib.resources import files
from string import Formatter
from typing import get_args

import pytest

from alerting.incidents import Untold
from alerting.links import Links
from alerting.state import Kind
from alerting.store import NAME, AlertStore
from alerting.store.outbox import Outcome
from alerting.store.outbox import State as Delivery
from console.alarms.rows import STATES
from console.alarms.testing import KEY, Browser, Hand, fill
from console.alarms.words import texts
from console.api import application
from qualicity.testing import FakeClock

NOW = 1_795_312_800_000
HOSTILE = "<b>定陵</b>"


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
    return Browser(application(site, clock))


@pytest.fixture
def token(clock):
    """Return the maker of tokens for incidents."""
    links = Links([KEY])
    return lambda incident=1, person="duty-1", at=None: links.sign(incident, person, "chat", at or clock.now())


def _commands(site):
    with AlertStore(site / NAME, reader=True) as store:
        return store.commands.waiting()


PAGES = ("/alarms", "/alarms/incidents/1", "/alarms/incidents/2", "/alarms/incidents/99", "/ack/x", "/ack/TOKEN")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_are_whole_and_ask_nobody_else(browser, token, path, language, parsed):
    """Tags close, nothing is fetched from anywhere, no script, names are escaped, both languages are whole."""
    answer = browser.get(path.replace("TOKEN", token()), params={"lang": language})
    parser = parsed(answer.text)

    assert not {"script", "img", "link", "iframe"} & set(parser.tags)
    assert not [address for address in parser.addresses if address.startswith(("http", "//"))]
    assert "<b>" not in answer.text
    assert answer.headers["content-language"] == language
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in answer.text
    for name, value in {"cache-control": "no-store", "x-robots-tag": "noindex"}.items():
        assert answer.headers[name] == value
    assert "script" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", PAGES[:3])
def test_links_stay_within_any_prefix(browser, path, parsed):
    """Links are relative, so that a proxy may put the service anywhere; they lead to what is there."""
    for address in parsed(browser.get(path).text).addresses:
        assert not address.startswith("/")
        found = browser.get(str(browser.base.join(path).join(address)))
        assert found.status_code in {200, 404} if "explain" in address else found.status_code == 200


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
    """Who had it; no button any more."""
    text = browser.get("/alarms/incidents/2?lang=en").text
    assert "duty-1, 11-22 06:00" in text
    assert "<form" not in text


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OWN = {"Sec-Fetch-Site": "same-origin"}


def test_the_button_of_an_incident(browser, site, clock):
    """It takes the incident on, under the name that was given."""
    with Hand(site, clock):
        answer = browser.post("/alarms/incidents/1?lang=en", content="who=%E5%BC%A0+%E4%B8%89", headers={**FORM, **OWN})

    assert answer.status_code == 200
    assert texts()["asked_done"]["en"] in answer.text
    with AlertStore(site / NAME, reader=True) as store:
        assert store.incidents.find(1).acknowledged_by == "张 三"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "http://127.0.0.1:8414"}, 200),
        ({"Origin": "https://air.example"}, 200),
        ({"Origin": "https://air.example", "Host": "air.example"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://air.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
        ({"Host": "rebound.example", "Origin": "http://rebound.example"}, 403),
        ({"Host": "rebound.example", "Sec-Fetch-Site": "same-origin"}, 403),
        ({"Host": "", "Sec-Fetch-Site": "same-origin"}, 403),
    ],
)
def test_another_site_cannot_acknowledge(browser, site, headers, status):
    """Only a page of ours may send the form, under a name that is ours; else nothing is asked of the engine."""
    answer = browser.post("/alarms/incidents/1", content="who=duty-1", headers={**FORM, **headers})

    assert answer.status_code == status
    assert len(_commands(site)) == (status == 200)


@pytest.mark.parametrize("body", ["", "who=", "who=+++", "name=x", "who=" + "x" * 20_000])
def test_nobody_acknowledges_without_a_name(browser, site, body):
    """No name, no acknowledgement."""
    answer = browser.post("/alarms/incidents/1", content=body, headers={**FORM, **OWN})
    assert answer.status_code == 400
    assert _commands(site) == []


def test_an_unknown_incident(browser, site):
    """There is nothing to see or to acknowledge."""
    assert browser.get("/alarms/incidents/99").status_code == 404
    assert browser.get(f"/alarms/incidents/{10**30}").status_code == 422
    assert browser.post("/alarms/incidents/99", content="who=a", headers={**FORM, **OWN}).status_code == 404
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
    assert "<button" in browser.get(f"/ack/{name}").text


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
        assert "<button" not in answer.text
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
        assert "<button" not in answer.text
    assert _commands(site) == []
    assert "<button" in browser.get(f"/ack/{token(at=clock.now() + 5)}").text


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
            assert "<button" not in answer.text
            assert answer.headers["referrer-policy"] == "no-referrer"

    assert 'href="../alarms/incidents/1"' in browser.get(f"/ack/{old}").text
    assert _commands(site) == []


def test_a_links_address_is_told_to_nobody(browser, token):
    """Its page sends no referrer and is neither kept nor listed."""
    headers = browser.get(f"/ack/{token()}").headers
    assert (headers["referrer-policy"], headers["cache-control"]) == ("no-referrer", "no-store")


def test_without_keys_links_are_off(browser, site, token):
    """A site without a key takes no link."""
    (site / "qualicity.toml").unlink()
    assert browser.post(f"/ack/{token()}").status_code == 404
    assert _commands(site) == []


def test_before_the_first_alarm(tmp_path, clock):
    """No store yet: the page says so; nothing is made by looking."""
    answer = Browser(application(tmp_path, clock)).get("/alarms?lang=en")
    assert answer.status_code == 404
    assert texts()["refused_none"]["en"] in answer.text
    assert not (tmp_path / NAME).exists()


def test_rules_that_cannot_be_read_hide_no_alarm(browser, site):
    """With a broken rules file alarms are shown by their ids."""
    (site / "rules.toml").write_text("rule = 1", encoding="utf-8")
    answer = browser.get("/alarms")
    assert answer.status_code == 200
    assert "air-o3-1h@beijing/wl/o3" in answer.text


# words


def _places(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_the_catalogue_is_complete_and_used():
    """Both languages with the same places; every word that code makes up is there; nothing is left over."""
    folder = files("console.alarms")
    code = "".join(
        path.read_text("utf-8")
        for place in (folder, folder / "templates")
        for path in place.iterdir()
        if path.name.endswith((".py", ".html"))
    )
    made = {f"state_{state}" for state in STATES} | {f"kind_{kind.value}" for kind in Kind}
    made |= {f"delivery_{state}" for state in get_args(Delivery)} | {f"try_{one}" for one in get_args(Outcome)}
    made |= {f"untold_{why}" for why in get_args(Untold) if why}

    assert made <= set(texts())
    for key, entry in texts().items():
        assert set(entry) == {"zh", "en"}
        assert all(entry.values())
        assert _places(entry["zh"]) == _places(entry["en"])
        known = re.search(rf'["\']{key}["\']', code) or key in made
        assert known or key.startswith(("refused_", "stage_", "language_")), key


def test_the_sheets_of_styles_are_in_the_package():
    """The pages' own style is data of the package, and the catalogue is TOML."""
    assert (files("console.alarms") / "templates" / "alarms.css").is_file()
    assert tomllib.loads((files("console.alarms") / "texts.toml").read_text("utf-8")) == texts()
