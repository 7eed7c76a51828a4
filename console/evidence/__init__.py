"""The evidence of a verdict over HTTP: the tree of `explain` as a page in either language, and as JSON.

Nothing is judged and nothing written in a request: what is shown is what stands in the ledger (`asking`).
"""

from __future__ import annotations

from console.evidence.answers import respond

__all__ = ["respond"]
