"""A process that measures rows of this checkout on demand: ``python -m tests.bench.speed_worker job FOLDER``.

It prints the names of its rows as one line of JSON; then for each name that comes in, what one round of it took. See
`tests.bench.speed_pair`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2

from tests.bench import speed_material
from tests.bench.speed_clock import taken

SIZES = {"512²": 512, "1024²": 1024}
FRAMES = 250
PREVIEW_SIZE = 720

Rows = dict[str, tuple[Callable[[], Any], int]]
"""The work of each row, and the number of frames or calls that it stands for."""


def job(material: Path) -> Rows:
    """The whole job and its stages, at each size."""
    from portrait_addon.media.pictures import SourceImage
    from tests.bench import speed_job

    rows: Rows = {}
    for name, side in SIZES.items():
        picture = SourceImage(speed_material.portrait(side, side), "portrait.png")
        clip = speed_material.clip(material, side, side, FRAMES)
        works = speed_job.whole(clip, picture) | speed_job.stages(clip, picture)
        rows |= {f"{name}, {row}": (work, speed_job.COUNTS.get(row, FRAMES)) for row, work in works.items()}
    cv2.setNumThreads(1)  # a lookup's processor time, not that of threads that wait for each other
    return rows


def preview(_: Path) -> Rows:
    """Each part of all frames of a scrub."""
    from tests.bench.preview import parts

    count, works = parts(speed_material.PORTRAIT, speed_material.CLIP, PREVIEW_SIZE)

    def through(work: Callable[[int], Any]) -> Callable[[], None]:
        def run() -> None:
            for number in range(1, count + 1):
                work(number)

        return run

    for work in works.values():  # in their order: some use what those before have made
        work(1)
    return {name: (through(work), count) for name, work in works.items()}


def main() -> None:
    """Serve until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what Blender and the networks print is no answer
    rows = {"job": job, "preview": preview}[sys.argv[1]](Path(sys.argv[2]))
    print(json.dumps([*rows]), file=answers, flush=True)
    for line in sys.stdin:
        work, count = rows[json.loads(line)]
        print(json.dumps(asdict(taken(work)[1].per(count))), file=answers, flush=True)
    os._exit(0)  # Blender's module can hang where the interpreter ends


if __name__ == "__main__":
    main()
