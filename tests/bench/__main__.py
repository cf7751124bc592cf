"""Run every bench module, each in a process of its own: ``python -m tests.bench [module …]``."""

import json
import subprocess
import sys
from pathlib import Path

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
    for module in chosen or modules():
        print(f"── {module}", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{module}"], cwd=ROOT, check=False
        )
        if done.returncode != 0:
            failed.append(module)
    entries = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    # The side of the target is told by whether it holds; the file keeps no more than that.
    print("── bench.json")
    print(
        table(
            [
                Figure(
                    name,
                    entry["value"],
                    entry["unit"],
                    entry["target"],
                    "high" if entry["unit"].endswith("/s") else "low",
                    entry["how"],
                )
                for name, entry in entries.items()
            ]
        )
    )
    if failed:
        print(f"missed a target or stopped: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
