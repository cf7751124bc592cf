"""Run every bench module, each in a process of its own: ``python -m tests.bench [module …]``."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

from tests.bench.figure import FILE, ROOT, Figure, table


def modules() -> list[str]:
    """Modules of this folder that measure something."""
    return sorted(
        path.stem
        for path in Path(__file__).parent.glob("*.py")
        if "def figures(" in path.read_text("utf-8")
    )


def main(chosen: list[str]) -> int:
    """Measure, then print the whole of bench.json as a table."""
    failed = []
    if unknown := set(chosen) - set(modules()):
        print(f"no bench is called {', '.join(sorted(unknown))}; there are: {', '.join(modules())}")
        return 2
    for module in chosen or modules():
        print(f"── {module}", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{module}"], cwd=ROOT, check=False
        )
        if done.returncode != 0:
            failed.append(module)
    entries = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    print("── bench.json")
    print(
        table(
            [
                Figure(
                    name,
                    entry["value"],
                    entry["unit"],
                    entry["target"],
                    _side(entry),
                    entry["how"],
                    entry.get("yardstick_s"),
                )
                for name, entry in entries.items()
            ]
        )
    )
    if failed:
        print(f"missed a target or stopped: {', '.join(failed)}")
    return 1 if failed else 0


def _side(entry: dict[str, Any]) -> Literal["low", "high"]:
    """On which side of its target a figure is good; the file only keeps whether it holds."""
    if entry["target"] is None:
        return "low"
    return "high" if (entry["value"] > entry["target"]) == entry["holds"] else "low"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
