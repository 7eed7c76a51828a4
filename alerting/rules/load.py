"""Rules files, read strictly and checked as a whole: every mistake is said at once, with its place."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

from alerting.rules.compiled import Ruleset, compile_rule
from alerting.rules.rule_checks import check_rules
from alerting.rules.schema import Rule
from qualicity.checks import CheckRules, default_rules
from qualicity.errors import InputError
from qualicity.network import Network
from qualicity.settings import AlertingSettings
from qualicity.strict import Declared, Problems, convert_tables

RULES_FILE = "rules.toml"

_MEND = "mend the places named; `qualicity init DIR` writes a sample rules.toml"


def site_rules(folder: Path, settings: AlertingSettings, network: Network) -> Ruleset:
    """Read the rules of a site: its own file, else those that ship.

    Args:
        folder: the site's data folder.
        settings: `rules` names the file; default `rules.toml` in the folder, when there is one.
        network: what the rules may speak of.

    Raises:
        InputError: the named file does not exist, or the rules cannot be taken.
    """
    return load_rules(site_rules_file(folder, settings), network)


def site_rules_file(folder: Path, settings: AlertingSettings) -> Path | None:
    """Return the rules file of a site, or None when it goes by the rules that ship.

    Raises:
        InputError: the named file does not exist.
    """
    if settings.rules is not None and not settings.rules.is_file():
        raise InputError(f"rules file {settings.rules} does not exist", "mend `alerting.rules` in the settings")
    own = settings.rules or folder / RULES_FILE
    return own if own.is_file() else None


def load_rules(path: Path | None, network: Network, checks: CheckRules | None = None) -> Ruleset:
    """Read and check a rules file.

    Args:
        path: of the file; None = the rules that ship.
        network: what the rules may speak of.
        checks: what `checks:` references mean; default: the checks that ship.

    Raises:
        InputError: the file is not TOML, or what it says cannot be: all problems, a line each.
    """
    checks = checks or default_rules()
    problems = Problems()
    declared = _read(path, problems)
    check_rules(declared, network, checks, problems)
    problems.refuse("the rules", _MEND)
    return Ruleset(tuple(compile_rule(rule, checks) for _, rule in declared))


def _read(path: Path | None, problems: Problems) -> list[Declared[Rule]]:
    """Read a file's rules; what cannot be read is noted and left out."""
    name = str(path or "default.toml")
    try:
        text = path.read_text("utf-8") if path else (files("alerting.rules") / "default.toml").read_text("utf-8")
        data = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.add(name, f"cannot be read: {error}")
        return []
    for key in data.keys() - {"rule"}:
        problems.add(f"{name}: {key}", "unknown key; known is [[rule]]")
    return convert_tables(data, "rule", Rule, name, problems)
