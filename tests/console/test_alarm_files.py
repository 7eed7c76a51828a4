"""Rules and on-call file that change while the alarms run: read again; what cannot be taken changes nothing."""

from __future__ import annotations

from importlib.resources import files

import pytest

from console.alerting import Declared
from console.site import Site
from qualicity.errors import InputError
from qualicity.settings import AlertingSettings, Settings
from qualicity.testing import FakeClock

RULES = (files("alerting.rules") / "default.toml").read_text("utf-8")
ONCALL = """
channel = [{ id = "chat", kind = "dingtalk", url_file = "chat-url" }]
person = [{ id = "duty-1", addresses = { chat = "13800000001" } }]
group = [{ id = "leads", people = ["duty-1"] }]
policy = [{ id = "default", fallback = "leads", steps = [{ targets = ["group:leads"] }] }]
"""
SECOND = 'person = [{ id = "duty-2", addresses = { chat = "13800000002" } }, {'


@pytest.fixture
def site(tmp_path):
    """A site whose on-call file and keys are named by the settings, and whose rules lie in its folder."""
    (tmp_path / "rules.toml").write_text(RULES, "utf-8")
    (tmp_path / "own.toml").write_text(ONCALL, "utf-8")
    (tmp_path / "chat-url").write_text("https://oapi.dingtalk.com/robot/send?access_token=x", "utf-8")
    (tmp_path / "keys").write_text("k" * 32, "utf-8")
    alerting = AlertingSettings(oncall=tmp_path / "own.toml", link_key_file=tmp_path / "keys")
    return Site(tmp_path, Settings(alerting=alerting), FakeClock())


def people(declared):
    return sorted(declared.oncall.people)


def test_what_has_changed_is_read_again(site):
    """Once."""
    declared = Declared(site)
    assert not declared.renew()
    (site.data / "own.toml").write_text(ONCALL.replace("person = [{", SECOND), "utf-8")
    assert declared.renew()
    assert (people(declared), declared.problem) == (["duty-1", "duty-2"], "")
    assert not declared.renew()


@pytest.mark.parametrize("name", ["own.toml", "rules.toml"])
@pytest.mark.parametrize("broken", ["nonsense = 1\n", "[[", None])
def test_a_broken_file_or_one_that_is_gone_changes_nothing(site, name, broken):
    """Editors that write anew take the old file away first; what is wrong is said until it is mended."""
    declared, path = Declared(site), site.data / name
    before, good = declared.ruleset, path.read_text("utf-8")
    path.unlink() if broken is None else path.write_text(broken, "utf-8")
    for _ in range(2):
        assert not declared.renew()
        assert name in declared.problem
        assert (declared.ruleset, people(declared)) == (before, ["duty-1"])
    path.write_text(good, "utf-8")
    assert declared.renew()
    assert declared.problem == ""


@pytest.mark.parametrize(("name", "text"), [("chat-url", ""), ("chat-url", "no address"), ("keys", "short")])
def test_secrets_that_cannot_be_used_keep_the_old_people_on_duty(site, name, text):
    """The file is good, but its channel could not be opened; the mended secret alone is enough."""
    declared, secret = Declared(site), site.data / name
    good = secret.read_text("utf-8")
    secret.write_text(text, "utf-8")
    (site.data / "own.toml").write_text(ONCALL.replace("person = [{", SECOND), "utf-8")
    assert not declared.renew()
    assert declared.problem
    assert people(declared) == ["duty-1"]
    secret.write_text(good, "utf-8")
    assert declared.renew()
    assert people(declared) == ["duty-1", "duty-2"]


@pytest.mark.parametrize("name", ["own.toml", "chat-url", "keys"])
def test_at_the_start_everything_must_be_there(site, name):
    (site.data / name).unlink()
    with pytest.raises(InputError):
        Declared(site)


def test_a_site_without_files_goes_by_the_rules_that_ship_and_takes_a_file_that_comes(tmp_path):
    """Nobody is told, until there is an on-call file."""
    site = Site(tmp_path, Settings(), FakeClock())
    declared = Declared(site)
    assert declared.ruleset.rules
    assert declared.oncall is None
    (tmp_path / "chat-url").write_text("https://oapi.dingtalk.com/robot/send?access_token=x", "utf-8")
    (tmp_path / "oncall.toml").write_text(ONCALL, "utf-8")
    assert declared.renew()
    assert people(declared) == ["duty-1"]
