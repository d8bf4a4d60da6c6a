"""Measure how fast the product is: ``make bench-speed``.

  python -m tests.bench.speed [--only PART] [--long] [--rounds N] [--output FOLDER]
  python -m tests.bench.speed --against CHECKOUT [--only job] [--only preview] [--rounds N] [--output FOLDER]

Every figure is a median of rounds in which what is compared has its turn, so that ratios hold on a busy machine, too;
of the rest, processor milliseconds (CPU) bear it better than the wall's. Leaves ``speed.json`` and ``speed.md``; where
two checkouts are compared, ``speed_pair.json`` and ``speed_pair.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.report import table

ROOT = Path(__file__).parents[2]
SIZES = {"512²": (512, 512), "1024²": (1024, 1024), "1080p": (1920, 1080), "4K": (3840, 2160)}
FRAMES = {"4K": 75}
"""Frames of a clip, otherwise 250: ten seconds."""

COUNTS, LONG_COUNT = [75, 250, 750], 10_000
PARTS = ("job", "grainy", "workers", "compose", "frames", "pixels", "points", "starting", "preview")


def main() -> None:
    """Measure, and say where the report is."""
    parser = argparse.ArgumentParser(prog="make bench-speed", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", choices=PARTS, action="append", help="this part alone; may be repeated")
    parser.add_argument("--long", action="store_true", help=f"a clip of {LONG_COUNT} frames too, ten minutes more")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="job and preview of two checkouts in turn")
    parser.add_argument("--rounds", type=int, help="5, or 7 for two checkouts")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "bench")
    arguments = parser.parse_args()
    output: Path = arguments.output
    output.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Any] = {"machine": _machine(), "commit": _commit(ROOT)}
    if arguments.against:
        from tests.bench import speed_pair

        if set(arguments.only or []) - {*speed_pair.PARTS}:
            parser.error(f"--against compares {' and '.join(speed_pair.PARTS)} only")
        there: Path = arguments.against.resolve()
        figures["commit"] += f" (here), {_commit(there)} (there)"
        name, rounds, material = "speed_pair", arguments.rounds or 7, output / "material"
        parts: dict[str, Callable[[], Any]] = {
            part: partial(speed_pair.measure, part, there, material, rounds) for part in speed_pair.PARTS
        }
    else:
        name, parts = "speed", _parts(output, arguments.rounds or 5, arguments.long)
    for part, measure in parts.items():
        if part in (arguments.only or PARTS):
            began = time.monotonic()
            figures[part] = measure()
            print(f"{part}  ({time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)
    report = markdown(figures)
    (output / f"{name}.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    (output / f"{name}.md").write_text(report, encoding="utf-8")
    print(report)
    print(f"figures and tables: {output}")
    sys.stdout.flush()


def _parts(output: Path, rounds: int, long: bool) -> dict[str, Callable[[], Any]]:
    # Imported late: the figures of starting are those of fresh processes, and help needs none of it.
    from tests.bench import speed_growth, speed_job, speed_peers

    material, few = output / "material", max(2, rounds // 2)

    def jobs(grainy: bool) -> dict[str, Any]:
        return {
            name: speed_job.measure(material, size, FRAMES.get(name, 250), few if name == "4K" else rounds, grainy)
            for name, size in SIZES.items()
            if not grainy or name in ("512²", "1024²")
        }

    return {
        "job": lambda: jobs(False),
        "grainy": lambda: jobs(True),
        "workers": lambda: speed_job.workers_and_second_bake(material, SIZES["1024²"], 250, few),
        "compose": lambda: speed_peers.measure(output / "packages" / "peers", material, [512, 1024], few),
        "frames": lambda: speed_growth.frames(material, [*COUNTS, *([LONG_COUNT] if long else [])]),
        "pixels": lambda: speed_growth.pixels(material, rounds),
        "points": lambda: speed_growth.points(material, 2 * rounds),
        "starting": lambda: speed_growth.starting(rounds),
        "preview": speed_growth.preview,
    }


def _machine() -> dict[str, Any]:
    """What it was measured on."""
    names = [line.split(":")[1] for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")]
    return {
        "processor": names[0].strip() if names else platform.processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "load before": round(os.getloadavg()[0], 1),
    }


def markdown(figures: dict[str, Any]) -> str:
    """All tables."""
    parts = [
        f"# Speed\n\nMeasured: {figures['commit']}; " + ", ".join(f"{k} {v}" for k, v in figures["machine"].items())
    ]
    for part in PARTS:
        if part in figures:
            parts += [f"\n## {part}\n", _table(figures[part])]
    return "\n".join(parts)


def _table(rows: dict[str, Any]) -> str:
    """A table whose rows are the keys; of one level, or of two."""
    if not any(isinstance(row, dict) for row in rows.values()):
        return table(["", ""], [[name, str(value)] for name, value in rows.items()])
    flat = {name: dict(_flat(row)) if isinstance(row, dict) else {"": str(row)} for name, row in rows.items()}
    columns = list(dict.fromkeys(column for row in flat.values() for column in row))
    if len(columns) > len(flat):  # long rows are read more easily downwards
        return table(["", *flat], [[column, *(row.get(column, "") for row in flat.values())] for column in columns])
    return table(["", *columns], [[name, *(row.get(column, "") for column in columns)] for name, row in flat.items()])


def _flat(row: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in row.items():
        full = f"{before}, {name}" if before else name
        pairs += _flat(value, full) if isinstance(value, dict) else [(full, str(value))]
    return pairs


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def _commit(checkout: Path) -> str:
    """What was measured."""
    found = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=checkout, capture_output=True, text=True)
    return found.stdout.strip() or checkout.name


if __name__ == "__main__":
    main()
