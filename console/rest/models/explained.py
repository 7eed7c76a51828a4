"""The tree of a key."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Tree(BaseModel):
    """What a row rests on; which fields there are depends on what the key is of."""

    model_config = ConfigDict(extra="allow")

    key: str
