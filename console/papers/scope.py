"""Who may see a paper: whoever is there for the city that it is about."""

from __future__ import annotations

from pathlib import Path

from console.access.roles import Permission, Principal
from console.papers.shelf import record_of, subject
from qualicity.errors import QualicityError


def city_of_issue(folder: Path) -> str:
    """Return the city of a published issue: as its record says, or its name where the record is broken."""
    try:
        return record_of(folder).city
    except QualicityError:
        return city_of(folder.parent.name)


def city_of(paper: str) -> str:
    """Return the city that the name of a paper says; of a name that is none, what no scope holds."""
    about = subject(paper)
    return about.city if about else paper


def require_paper(who: Principal, permission: Permission, city: str) -> None:
    """Refuse whoever is not there for the city of a paper.

    Raises:
        ForbiddenError: the city is out of scope, or the role does not allow it.
        SignInError: nobody is signed in.
    """
    who.require(permission, city)
