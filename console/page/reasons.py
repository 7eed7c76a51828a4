"""Why a day was judged so, in both languages beside each other."""

from __future__ import annotations

from markupsafe import Markup

from console.page.texts import LANGUAGES, both
from qualicity.reasons import reason_in

_BETWEEN = Markup("; ")


def reason(row_reason: str) -> Markup:
    """Return a row's reason in both languages; a part of another form stays as it is."""
    return _BETWEEN.join(
        both(*(reason_in(part, language) for language in LANGUAGES)) for part in row_reason.split("; ")
    )
