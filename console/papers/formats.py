"""What a paper is set as."""

from __future__ import annotations

import enum


class Format(enum.StrEnum):
    """What a paper is set as; files of it end so."""

    HTML = "html"
    PDF = "pdf"
    DOCX = "docx"
