"""The judge: what is said of an indicator, a year and one version of its target.

`order.py` leads: the first rule that matches says the status. Each judge code is a function of its own, by family:
`gates.py` (nothing can be said), `zero.py` (JZ, JA), `maintain.py` (JM), `words.py` (JD), `ladder.py` (JL),
`compared.py` (JR, JB, JX), `pathwise.py` (JS, JC, JF, JK, JU, JI). `case.py` gathers what they look at.
"""

from __future__ import annotations

from targets.judge.order import judge

__all__ = ["judge"]
