"""The scorecard of the quality targets: one self-contained page in Chinese, English or both, made from judged rows.

The page asks nobody for anything and runs no script: its languages are chosen by three buttons that are plain inputs.
"""

from __future__ import annotations

from console.scorecard.material import Filing, Material, Task
from console.scorecard.rendering import render
from console.scorecard.routes import mount_scorecard
from console.scorecard.view import scorecard
from console.scorecard.writing import write

__all__ = ["Filing", "Material", "Task", "mount_scorecard", "render", "scorecard", "write"]
