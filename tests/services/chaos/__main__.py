"""Nothing lost, whatever happens: real parts, real servers, and troubles by a seed.

    python tests/services/chaos --seed 7 --kills 200
    python tests/services/chaos --only kills,outage,disk,clock,poison --json

Needs mosquitto and influxd; QUALICITY_INFLUXD2 names an InfluxDB 2.x that is tried too, QUALICITY_TELEGRAF a Telegraf
that is put beside ours in the flood of poison. Exit code 1 when anything was lost, counted twice or otherwise wrong.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import scenarios


def main() -> int:
    """Run the scenarios that are asked for; return 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--outage", type=float, default=60.0, help="s, of the broker; the database's is twice as long")
    parser.add_argument("--only", default="", help=f"joined by commas: {', '.join(scenarios.ALL)}")
    parser.add_argument("--rate", type=float, default=200.0, help="messages a second")
    parser.add_argument("--folder", type=Path, help="where everything is kept afterwards; default: nowhere")
    parser.add_argument("--json", action="store_true", help="print one line of JSON in the end")
    asked = parser.parse_args()
    names = asked.only.split(",") if asked.only else list(scenarios.BY_DEFAULT)
    if unknown := set(names) - scenarios.ALL.keys():
        parser.error(f"no scenario {sorted(unknown)}")
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="chaos"))
    out = sys.stderr if asked.json else sys.stdout
    results = []
    try:
        for name in names:
            print(f"seed {asked.seed}: {name}", file=out, flush=True)
            found = scenarios.run(name, asked, folder, lambda text: print(text, file=out, flush=True))
            results += found
            for one in found:
                print(json.dumps(one, indent=1, ensure_ascii=False), file=out, flush=True)
    finally:
        if asked.folder is None:
            shutil.rmtree(folder, ignore_errors=True)
    wrong = [what for one in results for what in one["wrong"]]
    if asked.json:
        print(json.dumps({"seed": asked.seed, "results": results}, ensure_ascii=False))
    print(f"seed {asked.seed}: {'all well' if not wrong else f'{len(wrong)} things are WRONG'}", file=out)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
