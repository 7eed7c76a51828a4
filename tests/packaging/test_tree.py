"""What the tree promises to a newcomer."""

from __future__ import annotations

import re
import subprocess
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("qualicity", "collector", "aggregator", "alerting", "targets", "dashboards", "reports", "console")


def _tracked() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "README.md"])
def test_every_path_that_a_page_names_exists(page):
    """A page that names a file that is gone is worse than no page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    named = {path for path in re.findall(r"`([^`\s/]+/[^`\s]*)`", text) if (ROOT / path.split("/")[0]).is_dir()}
    named |= set(re.findall(r"\]\(([^)#:]+)\)", text))

    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_our_package_names_are_ours():
    """PyPI has packages of such names: another distribution must not shadow ours."""
    for name in PACKAGES:
        assert set(packages_distributions().get(name, [])) <= {"qualicity"}, name


def test_locks_pin_by_hash_and_name_no_address():
    """Every pin carries hashes; no lock names a package index."""
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text(encoding="utf-8")
        pins = re.findall(r"^[a-zA-Z0-9._-]+==.*", text, flags=re.MULTILINE)
        assert pins
        assert all(pin.rstrip().endswith("\\") for pin in pins), lock.name
        assert "://" not in text, lock.name


def test_no_path_of_a_machine():
    """Nothing in the tree knows where somebody's machine keeps things."""
    found = []
    for path in _tracked():
        if path.suffix in {".py", ".md", ".toml", ".lock", ".html", ".sh", ""} and path.name != "LICENSE":
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{path.name}: {hit}" for hit in re.findall(r"(?<![\w.])/(?:work|home|root)/\w[\w/.-]*", text)]

    assert found == []


def test_data_files_ship_with_the_wheel():
    """Tables, templates and examples are found where the installed package is."""
    import alerting
    import console
    import dashboards
    import qualicity

    shipping = (
        (qualicity, "**/*.toml"),
        (alerting, "**/*.toml"),
        (console, "**/*.toml"),
        (console, "**/*.html"),
        (dashboards, "**/*.json"),
        (dashboards, "**/*.yaml"),
    )
    for package, pattern in shipping:
        source = {p.relative_to(ROOT / package.__name__) for p in (ROOT / package.__name__).glob(pattern)}
        shipped = {p.relative_to(Path(package.__file__).parent) for p in Path(package.__file__).parent.glob(pattern)}
        assert source, package.__name__
        assert source <= shipped, package.__name__
