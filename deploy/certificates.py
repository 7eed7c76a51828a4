"""Certificates of the broker, its stations and its service: two small CAs, made and renewed by make_secrets.py.

One CA signs the broker and the stations, the other the service alone: no station's certificate opens the listener on
which client ids are free. Needs the library `cryptography`.
"""  # noqa: INP001 - beside a script that runs before anything is installed

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA = "mqtt_ca"
SERVICE_CA = "mqtt_service_ca"
BROKER = "mqtt_broker"
SERVICE = "mqtt_collector"
REVOKED = "mqtt_revoked.crl"
_REPLACED = "replaced_certificates"

_CA_DAYS = 3650
_DAYS = 825
_RENEW_DAYS = 90
"""A certificate that ends sooner is made again whenever the script runs."""
_SKEW = dt.timedelta(hours=1)
"""A certificate is good a little before it is made: a station's clock may be behind."""

_HERE = ("localhost", "127.0.0.1", "mosquitto")
"""Names of the broker on its own machine and in the compose file."""

_PUBLIC, _PRIVATE = 0o644, 0o600


class Pair(NamedTuple):
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def make_certificates(folder: Path, hosts: Sequence[str], *, now: dt.datetime) -> Iterator[str]:
    """Make what is missing or ends soon; yield a line for each that was made.

    Args:
        folder: of the secrets.
        hosts: names and addresses under which sensors reach the broker; none = those that stand in its certificate.
        now: with its zone.
    """
    for name, title in ((CA, "Qualicity stations' CA"), (SERVICE_CA, "Qualicity service's CA")):
        if not (folder / f"{name}.crt").exists():
            _write(folder, name, _authority(title, now), private=_PRIVATE)
            yield _told(folder, name)
    if not (folder / REVOKED).exists():
        _write_revoked(folder, [], now)
    known = _hosts(folder)
    asked = list(dict.fromkeys([*hosts, *_HERE])) if hosts else known
    if _ends_soon(folder, BROKER, now) or set(asked) != set(known):
        extensions = [x509.SubjectAlternativeName([_host(host) for host in asked])]
        pair = _signed(_read(folder, CA), "broker", ExtendedKeyUsageOID.SERVER_AUTH, now, extensions)
        _write(folder, BROKER, pair)
        yield _told(folder, BROKER)
    if _ends_soon(folder, SERVICE, now):
        _write(folder, SERVICE, _signed(_read(folder, SERVICE_CA), "collector", ExtendedKeyUsageOID.CLIENT_AUTH, now))
        yield _told(folder, SERVICE)


def make_station(folder: Path, station: str, *, now: dt.datetime, renew: bool = False) -> Path:
    """Make a station's certificate where there is none, or it ends soon; return its path.

    The one before it is good until it ends, and kept for the day on which the station is revoked.
    """
    (folder / "stations").mkdir(mode=0o700, exist_ok=True)
    name = f"stations/{station}"
    if renew or _ends_soon(folder, name, now):
        path = folder / f"{name}.crt"
        if path.exists():
            kept = folder / _REPLACED / station
            kept.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.rename(kept / f"{_serial(path):x}.crt")
        _write(folder, name, _signed(_read(folder, CA), station, ExtendedKeyUsageOID.CLIENT_AUTH, now))
    return folder / f"{name}.crt"


def revoke(folder: Path, station: str, *, now: dt.datetime) -> None:
    """Let a station's certificate, and those before it, be refused from the broker's next SIGHUP on.

    Raises:
        FileNotFoundError: the station has none.
    """
    path = folder / "stations" / f"{station}.crt"
    replaced = sorted((folder / _REPLACED / station).glob("*.crt"))
    serials = {_serial(one) for one in [path, *replaced]}
    known = x509.load_pem_x509_crl((folder / REVOKED).read_bytes())
    _write_revoked(folder, {one.serial_number for one in known} | serials, now)
    for one in [path, *replaced]:
        one.unlink()
    path.with_suffix(".key").unlink()


def _serial(path: Path) -> int:
    return x509.load_pem_x509_certificate(path.read_bytes()).serial_number


def days_left(path: Path, now: dt.datetime) -> int:
    """Return whole days until a certificate ends."""
    return (_life(x509.load_pem_x509_certificate(path.read_bytes()))[1] - now).days


def _life(certificate: x509.Certificate) -> tuple[dt.datetime, dt.datetime]:
    """Return from when to when a certificate is good."""
    if hasattr(certificate, "not_valid_after_utc"):
        return certificate.not_valid_before_utc, certificate.not_valid_after_utc
    begin, end = certificate.not_valid_before, certificate.not_valid_after  # before version 42, as in Debian 12
    return begin.replace(tzinfo=dt.UTC), end.replace(tzinfo=dt.UTC)


def _ends_soon(folder: Path, name: str, now: dt.datetime) -> bool:
    path = folder / f"{name}.crt"
    return not path.exists() or days_left(path, now) < _RENEW_DAYS


def _told(folder: Path, name: str) -> str:
    _, end = _life(x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes()))
    return f"{folder / name}.crt: good until {end:%Y-%m-%d}"


def _hosts(folder: Path) -> list[str]:
    """Return the names of the broker's certificate; without one, those that every such certificate has."""
    path = folder / f"{BROKER}.crt"
    if not path.exists():
        return list(_HERE)
    names = x509.load_pem_x509_certificate(path.read_bytes()).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    return [str(name.value) for name in names.value]


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _authority(title: str, now: dt.datetime) -> Pair:
    """Make a CA that signs itself, and may sign no other CA."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_name(title))
        .issuer_name(_name(title))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + dt.timedelta(days=_CA_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Pair(certificate, key)


def _signed(
    issuer: Pair,
    name: str,
    purpose: x509.ObjectIdentifier,
    now: dt.datetime,
    extensions: Iterable[x509.ExtensionType] = (),
    *,
    days: int = _DAYS,
) -> Pair:
    """Make a key and a certificate for one purpose; it ends with its CA at the latest."""
    key = ec.generate_private_key(ec.SECP256R1())
    _, end = _life(issuer.certificate)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(min(now + dt.timedelta(days=days), end))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.certificate.public_key()),  # type: ignore[arg-type]
            critical=False,
        )
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return Pair(builder.sign(issuer.key, hashes.SHA256()), key)


def _write_revoked(folder: Path, serials: Iterable[int], now: dt.datetime) -> None:
    """Write the list of refused certificates; it is good as long as its CA, for a list that ended refuses everybody."""
    issuer = _read(folder, CA)
    _, end = _life(issuer.certificate)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(now - _SKEW)
        .next_update(end)
    )
    for serial in sorted(serials):
        revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now).build()
        builder = builder.add_revoked_certificate(revoked)
    text = builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    _write_file(folder / REVOKED, text, _PUBLIC)


def _read(folder: Path, name: str) -> Pair:
    key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{folder / name}.key is no key of this script")
    return Pair(x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes()), key)


def _write(folder: Path, name: str, pair: Pair, *, private: int = _PUBLIC) -> None:
    """Write both files; a container reads its key under its own user, so that it is open within the closed folder."""
    key = pair.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write_file(folder / f"{name}.key", key, private)
    _write_file(folder / f"{name}.crt", pair.certificate.public_bytes(serialization.Encoding.PEM), _PUBLIC)


def _write_file(path: Path, content: bytes, mode: int) -> None:
    """Write in place: a container has this very file, a new one would not reach it."""
    path.touch(mode, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
