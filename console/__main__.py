"""`python -m console` is `qualicity`."""

from __future__ import annotations

from console.cli import main

if __name__ == "__main__":
    main()
