"""The Python package and the published one in one run: `cargo xtask bench python` calls it with an interpreter for each."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Dict


def measured(python: str) -> Dict[str, float]:
    script = str(Path(__file__).with_name("measure.py"))
    found: Dict[str, float] = json.loads(subprocess.run([python, script], check=True, stdout=subprocess.PIPE).stdout)
    return found


def main(ours: str, published: str) -> None:
    first, second = measured(ours), measured(published)
    print("| figure | this package | `logto` 0.2.1 | goal |\n|---|---|---|---|")
    base = first["tokens by PyJWT"]
    goals = {
        "tokens seen before": f"≥ 10 × PyJWT, is {first['tokens seen before'] / base:.0f} ×",
        "tokens seen for the first time": f"is {first['tokens seen for the first time'] / base:.1f} × PyJWT",
        "signed-in Flask page, ms above an open one": "≤ 0.3",
        "import, ms": "≤ 120",
    }
    for name, value in first.items():
        shown = [f"{one:,.2f}" if "ms" in name else f"{one:,.0f}/s" for one in (value, second.get(name)) if one is not None]
        print(f"| {name} | {' | '.join(shown + [''] * (2 - len(shown)))} | {goals.get(name, '')} |")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
