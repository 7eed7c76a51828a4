"""Fixtures of the whole suite."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ORACLES = Path(os.environ.get("QUALICITY_ORACLES", Path(__file__).parents[2] / "shared" / "oracles"))


@pytest.fixture(scope="session")
def oracles() -> Path:
    """Folder of real data with official results; absent outside the workshop, then the test skips visibly."""
    if not ORACLES.is_dir():
        pytest.skip(f"no oracle data at {ORACLES}")
    return ORACLES


@pytest.fixture(scope="session")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that no authority vouches for, and its key; skipped visibly without openssl."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("self-signed")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", key, "-out", certificate, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key
