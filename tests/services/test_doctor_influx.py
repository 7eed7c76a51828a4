"""`doctor` finds what is wrong with a real InfluxDB, and makes it so that the writer and Grafana can work."""

from __future__ import annotations

import http.server
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from console.doctor_influx import examine_influx, mend_influx
from qualicity.errors import Permanent, Retryable
from qualicity.periods import day_start
from qualicity.settings import InfluxSettings
from qualicity.store.influx import Address, Influx
from qualicity.store.influx_setup import retention_days


def _found(settings, folder=Path("nowhere")):
    return {check.name: (check.outcome, check.detail, check.mend) for check in examine_influx(settings, folder)}


def _outcomes(settings):
    return {name: outcome for name, (outcome, _, _) in _found(settings).items()}


def _execute(url, *statements):
    with Influx(Address(url, "qualicity")) as influx:
        for statement in statements:
            influx.execute(statement)


def test_without_a_database_configured_all_is_well():
    assert _outcomes(InfluxSettings()) == {"influx": "ok"}


def test_a_server_that_is_away_is_told_with_the_mend(influxd):
    influxd.kill()
    outcome, detail, mend = _found(InfluxSettings(url=influxd.url))["influx"]
    assert (outcome, "does not answer" in detail, "start it" in mend) == ("problem", True, True)
    with pytest.raises(Retryable):
        list(mend_influx(InfluxSettings(url=influxd.url)))


class _Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_):
        pass


def test_what_is_no_influxdb_is_told():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hello) as server:
        threading.Thread(target=server.serve_forever).start()
        outcome, detail, _ = _found(InfluxSettings(url=f"http://127.0.0.1:{server.server_port}"))["influx"]
        server.shutdown()
    assert (outcome, "not as an InfluxDB" in detail) == ("problem", True)


def test_a_missing_database_is_found_made_and_then_well(influxd):
    _execute(influxd.url, "DROP DATABASE qualicity")
    settings = InfluxSettings(url=influxd.url)
    found = _found(settings)
    assert {name for name, (outcome, _, _) in found.items() if outcome == "problem"} >= {"influx write", "influx read"}
    assert "--mend" in found["influx write"][2]
    assert list(mend_influx(settings)) == ["database qualicity made"]
    assert list(mend_influx(settings)) == []
    assert set(_outcomes(settings).values()) == {"ok", "warning"}
    assert "1.6" in _found(settings)["influx"][1]


def test_another_retention_is_found_and_mended_both_ways(influxd):
    asked, kept = InfluxSettings(url=influxd.url, retention_days=400), InfluxSettings(url=influxd.url)
    assert _outcomes(asked)["influx retention"] == "warning"  # it keeps more than is asked
    assert list(mend_influx(asked)) == ["database qualicity keeps 400 days"]
    assert _outcomes(asked)["influx retention"] == "ok"
    assert list(mend_influx(asked.model_copy(update={"retention_days": 1}))) == ["database qualicity keeps 1 days"]
    assert list(mend_influx(asked)) == ["database qualicity keeps 400 days"]
    assert _outcomes(kept)["influx retention"] == "problem"  # it throws away what is asked for
    assert list(mend_influx(kept)) == ["database qualicity keeps everything"]
    assert _outcomes(kept)["influx retention"] == "ok"


def test_users_with_one_right_each(influxd, monkeypatch, tmp_path):
    """Where 1.x asks for users: the reader cannot write, nobody else gets in, and doctor sees it."""
    influxd.kill()
    monkeypatch.setenv("INFLUXDB_HTTP_AUTH_ENABLED", "true")
    influxd.start()
    admin_file = tmp_path / "admin"
    admin_file.write_text("root:secret\n")
    _execute(influxd.url, "CREATE USER root WITH PASSWORD 'secret' WITH ALL PRIVILEGES")
    settings = InfluxSettings(
        url=influxd.url,
        admin_token_file=admin_file,
        username="w",
        password="1",
        read_username="r",
        read_password="2",
    )
    assert _found(InfluxSettings(url=influxd.url))["influx write"][0] == "problem"
    with pytest.raises(Permanent):
        list(mend_influx(InfluxSettings(url=influxd.url)))
    with Influx(Address(influxd.url, "qualicity", username="root", password="secret")) as admin:
        admin.execute("DROP DATABASE qualicity")
        assert list(mend_influx(settings)) == ["database qualicity made"]
        for name, password, right in (("w", "1", "WRITE"), ("r", "2", "READ")):
            admin.execute(f"CREATE USER {name} WITH PASSWORD '{password}'")
            admin.execute(f"GRANT {right} ON qualicity TO {name}")
    assert set(_outcomes(settings).values()) == {"ok"}


def test_lines_that_were_never_taken_are_told(air_site):
    day = day_start(air_site.first)
    series = "reading,city=c,medium=air,parameter=pm25,period=3600,poc=1,station=a,statistic=mean"
    air_site.influx.write(f'{series} value="text" {day}\n'.encode())
    settings = InfluxSettings(url=air_site.influx.address.url)
    assert _found(settings, air_site.folder)["influx lines"] == ("ok", "every line was taken", "")
    air_site.drain(air_site.writer())
    outcome, detail, mend = _found(settings, air_site.folder)["influx lines"]
    assert outcome == "warning"
    assert "type conflict" in detail
    assert "such as reading,city=c" in detail
    assert "rebuild influx" in mend


def test_the_command_mends_and_says_what_it_did(influxd, tmp_path, monkeypatch):
    _execute(influxd.url, "DROP DATABASE qualicity")
    monkeypatch.setenv("QUALICITY_INFLUX__URL", influxd.url)

    def doctor(*arguments):
        command = [sys.executable, "-m", "console", "doctor", "--data", str(tmp_path / "site"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    mended = doctor("--mend", "--only", "influx", "--json")
    assert mended.returncode == 0, mended.stderr
    assert "mended: database qualicity made" in mended.stderr
    names = {json.loads(line)["name"] for line in mended.stdout.splitlines()}
    assert names == {"influx", "influx write", "influx read", "influx read-only", "influx retention", "influx lines"}
    assert doctor("--only", "influxdb").returncode == 2
    _execute(influxd.url, "DROP DATABASE qualicity")
    assert doctor("--only", "influx").returncode == 1


def test_in_2_it_makes_bucket_name_and_tokens_of_one_right_each(influxd_2, tmp_path):
    admin_file, write_file, read_file = (tmp_path / name for name in ("admin", "write", "read"))
    admin_file.write_text(influxd_2.token)
    settings = InfluxSettings(
        url=influxd_2.url,
        org=influxd_2.org,
        bucket="fresh",
        retention_days=30,
        admin_token_file=admin_file,
        token_file=write_file,
        read_token_file=read_file,
    )
    made = list(mend_influx(settings))
    assert made[0] == "bucket fresh made, keeps 30 days"
    assert made[-2:] == [f"a token that may write made, in {write_file}", f"a token that may read made, in {read_file}"]
    assert write_file.stat().st_mode & 0o777 == 0o640
    assert set(_outcomes(settings).values()) == {"ok"}
    assert list(mend_influx(settings)) == []
    write_file.write_text("no token")
    assert _outcomes(settings)["influx write"] == "problem"
    assert list(mend_influx(settings)) == [f"a token that may write made, in {write_file}"]
    for days in (1, 400):
        [done] = mend_influx(settings.model_copy(update={"retention_days": days}))
        assert done == f"bucket fresh keeps {days} days"
    kept = settings.model_copy(update={"retention_days": 0})
    assert list(mend_influx(kept)) == ["bucket fresh keeps everything"]
    with Influx(Address(influxd_2.url, "fresh", org=influxd_2.org, token=influxd_2.token)) as admin:
        assert retention_days(admin) == 0
