"""The broker's certificates as the script makes them, and the file for EMQX as data: nothing here can start it."""

from __future__ import annotations

import csv
import importlib.util
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from qualicity.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
NOW = datetime.now(UTC)


def _certificates():
    spec = importlib.util.spec_from_file_location("certificates", DEPLOY / "certificates.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


certificates = _certificates()


def make(folder, *arguments, code=0):
    """Run the script; return what it wrote."""
    command = [sys.executable, DEPLOY / "make_secrets.py", "--folder", folder, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == code, ran.stderr
    return ran.stdout + ran.stderr


def load(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def names(certificate):
    return {str(one.value) for one in certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value}


def test_certificates_are_of_two_authorities_each_for_one_purpose(tmp_path):
    """Stations and broker by one CA, the service by another; the keys of the CAs are their owner's alone."""
    make(tmp_path, "--station", "liyuan", "--certificate", "--host", "broker.example.org", "--host", "10.0.0.5")
    signed = {
        "mqtt_broker": ("mqtt_ca", ExtendedKeyUsageOID.SERVER_AUTH),
        "stations/liyuan": ("mqtt_ca", ExtendedKeyUsageOID.CLIENT_AUTH),
        "mqtt_collector": ("mqtt_service_ca", ExtendedKeyUsageOID.CLIENT_AUTH),
    }
    for name, (authority, purpose) in signed.items():
        certificate = load(tmp_path / f"{name}.crt")
        certificate.verify_directly_issued_by(load(tmp_path / f"{authority}.crt"))
        assert list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [purpose]
        assert 820 < (certificate.not_valid_after_utc - NOW).days < 826
    assert names(load(tmp_path / "mqtt_broker.crt")) == {
        "broker.example.org", "10.0.0.5", "localhost", "127.0.0.1", "mosquitto",
    }  # fmt: skip
    for name in ("mqtt_ca", "mqtt_service_ca"):
        assert (tmp_path / f"{name}.key").stat().st_mode & 0o777 == 0o600
    assert load(tmp_path / "stations/liyuan.crt").subject.rfc4514_string() == "CN=liyuan"


def test_the_script_makes_again_what_ends_soon_and_nothing_else(tmp_path):
    """Ninety days before the end; the names of the broker stay, unless others are given."""
    list(certificates.make_certificates(_folder(tmp_path), ["a.example.org"], now=NOW))
    certificates.make_station(tmp_path, "s1", now=NOW)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.crt")}

    def changed(days, hosts=()):
        list(certificates.make_certificates(tmp_path, hosts, now=NOW + timedelta(days=days)))
        certificates.make_station(tmp_path, "s1", now=NOW + timedelta(days=days))
        found = {path.stem for path, content in before.items() if path.read_bytes() != content}
        before.update({path: path.read_bytes() for path in before})
        return found

    assert changed(700) == set()
    assert changed(740) == {"mqtt_broker", "mqtt_collector", "s1"}
    assert "a.example.org" in names(load(tmp_path / "mqtt_broker.crt"))
    assert changed(740, ["b.example.org"]) == {"mqtt_broker"}
    assert names(load(tmp_path / "mqtt_broker.crt")) >= {"b.example.org", "localhost"}
    assert "a.example.org" not in names(load(tmp_path / "mqtt_broker.crt"))


def _folder(path):
    (path / "stations").mkdir()
    return path


def test_no_certificate_outlives_its_authority(tmp_path):
    list(certificates.make_certificates(_folder(tmp_path), [], now=NOW - timedelta(days=3_600)))
    certificates.make_station(tmp_path, "s1", now=NOW)
    end = load(tmp_path / "mqtt_ca.crt").not_valid_after_utc
    assert load(tmp_path / "stations/s1.crt").not_valid_after_utc == end


def test_what_is_revoked_stays_so(tmp_path):
    """A second one is added to the first, and those that were renewed; password, certificate and key are gone."""
    make(tmp_path, "--station", "s1", "--certificate")
    renewed = load(tmp_path / "stations/s1.crt").serial_number
    make(tmp_path, "--station", "s1", "--certificate", "--renew")
    make(tmp_path, "--station", "s1", "--station", "s2")
    make(tmp_path, "--station", "s2", "--certificate")
    serials = {load(tmp_path / f"stations/{name}.crt").serial_number for name in ("s1", "s2")}
    for name in ("s1", "s2"):
        make(tmp_path, "--station", name, "--revoke")
    listed = x509.load_pem_x509_crl((tmp_path / "mqtt_revoked.crl").read_bytes())
    assert {one.serial_number for one in listed} == serials | {renewed}
    assert len(serials | {renewed}) == 3
    assert listed.next_update_utc == load(tmp_path / "mqtt_ca.crt").not_valid_after_utc
    assert list((tmp_path / "stations").iterdir()) == []
    assert not re.search(r"^s[12]:", (tmp_path / "mqtt_passwords").read_text("utf-8"), flags=re.MULTILINE)


@pytest.mark.parametrize("words", [("--host", "mqtts://a:8883"), ("--station", "broker"), ("--station", "a/b")])
def test_what_is_no_name_is_refused(tmp_path, words):
    assert "mend:" in make(tmp_path, *words, code=2)
    assert list(tmp_path.iterdir()) == []


def test_without_the_library_it_says_what_to_do(tmp_path):
    """Before anything is written."""
    (tmp_path / "cryptography").mkdir()
    (tmp_path / "cryptography" / "__init__.py").write_text("raise ImportError('not here')\n", "utf-8")
    folder = tmp_path / "secrets"
    command = [sys.executable, DEPLOY / "make_secrets.py", "--folder", folder]
    ran = subprocess.run(command, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "python3-cryptography" in ran.stderr
    assert not folder.exists()


# EMQX


def test_emqx_has_the_same_users(tmp_path):
    make(tmp_path, "--station", "s1", "--station", "s2", "--emqx-users", tmp_path / "users.csv")
    make(tmp_path, "--station", "s2", "--certificate", "--emqx-users", tmp_path / "users.csv")
    with (tmp_path / "users.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["user_id"]: row for row in csv.DictReader(file)}
    assert rows.keys() == {"collector", "s1", "s2"}
    assert rows["s1"]["password"] == (tmp_path / "stations/s1").read_text("utf-8").strip()
    assert {row["is_superuser"] for row in rows.values()} == {"false"}
    assert (tmp_path / "users.csv").stat().st_mode & 0o777 == 0o600


def test_the_two_brokers_have_the_same_doors_and_limits():
    """Ports with TLS from 1.2 on where they are reached, who must show a certificate, bytes, window, topics."""
    emqx = (DEPLOY / "emqx" / "base.hocon").read_text("utf-8")
    mosquitto = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text("utf-8")
    assert emqx.count("{") == emqx.count("}")
    ports = set(re.findall(r'bind = "[\d.]+:(\d+)"', emqx))
    assert ports == set(re.findall(r"^listener (\d+)", mosquitto, flags=re.MULTILINE))
    for block in re.findall(r"^listeners\.\w+\.\w+ \{\n(.*?)^\}", emqx, flags=re.MULTILINE | re.DOTALL):
        assert ('versions = ["tlsv1.3", "tlsv1.2"]' in block) != ('bind = "127.0.0.1:' in block), block
        assert ("enable_authn = false" in block) == ("fail_if_no_peer_cert = true" in block), block
    (kilobytes,) = re.findall(r"max_packet_size = (\d+)KB", emqx)
    assert f"max_packet_size {int(kilobytes) * 1024}\n" in mosquitto
    assert "max_inflight = 1000\n" in emqx
    assert "max_inflight_messages 1000\n" in mosquitto
    rules = (DEPLOY / "emqx" / "acl.conf").read_text("utf-8")
    for topic in (f"{Settings().alerting.mqtt_prefix}/#", "qualicity/doctor/#"):
        assert f'"{topic}"' in rules
    assert rules.rstrip().endswith("{deny, all}.")
