"""Measure the live preview in background: ``python -m tests.bench.preview [--size 720] [--output FILE.json]``.

Times the three parts of every frame of a scrub: composing, converting to Blender's rows, handing over. A machine that
does other things is slower, so each figure also stands as a ratio to a plain lookup of the same picture, measured
beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
WARM = 5
"""Frames that are not counted: tables are made and memory is touched for the first time."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.preview", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--size", type=int, default=720, help="longer side of the preview")
    parser.add_argument("--portrait", type=Path, default=ROOT / "tests" / "assets" / "ford_1888.jpg")
    parser.add_argument("--clip", type=Path, default=ROOT / "tests" / "assets" / "demo_smile_mit.mp4")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    os.environ.setdefault("BLENDER_USER_RESOURCES", tempfile.mkdtemp(prefix="blender-user-"))
    figures = measure(arguments.portrait, arguments.clip, arguments.size)
    text = json.dumps(figures, indent=1)
    if arguments.output:
        arguments.output.write_text(text + "\n", encoding="utf-8")
    print(text)
    sys.stdout.flush()
    os._exit(0)  # Blender's module can hang where the interpreter ends


def measure(portrait_path: Path, clip_path: Path, size: int) -> dict[str, Any]:
    """Milliseconds of each part, and of a lookup of the same picture: median and 95th percentile."""
    import bpy
    import numpy as np

    frame_count, works = parts(portrait_path, clip_path, size)
    taken: dict[str, list[float]] = {name: [] for name in works}
    for number in range(1, frame_count + 1):
        for name, work in works.items():
            began = time.perf_counter()
            work(number)
            taken[name].append((time.perf_counter() - began) * 1000)
    kept = {name: np.array(values[WARM:]) for name, values in taken.items()}
    kept["whole"] = kept["compose"] + kept["convert"] + kept["hand over"]
    lookup = float(np.median(kept["lookup"]))
    return {
        "blender": bpy.app.version_string,
        "longer side": size,
        "load": [round(value, 1) for value in os.getloadavg()],
    } | {
        name: {
            "median ms": round(float(np.median(values)), 2),
            "95 % ms": round(float(np.quantile(values, 0.95)), 2),
            "over a lookup": round(float(np.median(values)) / lookup, 1),
        }
        for name, values in kept.items()
    }


def parts(portrait_path: Path, clip_path: Path, size: int) -> tuple[int, dict[str, Callable[[int], Any]]]:
    """Number of frames, and what makes each part of a frame; to be called in this order for the first frame."""
    import bpy
    import cv2
    import numpy as np

    import portrait_addon

    portrait_addon.register()
    from portrait_addon.blender.running import object_cache
    from portrait_addon.blender.viewport import pixels
    from portrait_addon.pipeline.records.moment import Moment
    from portrait_addon.pipeline.records.settings import Settings

    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.portrait.add(filepath=str(portrait_path))
    bpy.ops.portrait.load_clip(filepath=str(clip_path))
    ob, scene = bpy.context.object, bpy.context.scene
    scene.render.fps = 25
    ob.portrait.preview_size = size
    compositor = object_cache.compositor_of(ob, size)
    portrait = compositor.prepared.portrait
    performance = object_cache.performance_of(ob)
    if performance is None:
        raise SystemExit("the clip was not tracked")
    image = pixels.new_image("measured", portrait.size, ob.portrait.portrait)
    rows, columns = np.indices(portrait.picture.shape[:2], np.float32)
    field = np.dstack([columns + 0.3, rows + 0.6])
    last: dict[str, Any] = {}

    def compose_frame(number: int) -> None:
        last["picture"] = compositor.frame((Moment(performance, number),), Settings()).picture

    def convert(_: int) -> None:
        last["data"] = pixels.as_file(last["picture"])

    return performance.frame_count, {
        "compose": compose_frame,
        "convert": convert,
        "hand over": lambda _: pixels.pack(image, last["data"]),
        "scrub": lambda number: scene.frame_set(number),
        "lookup": lambda _: cv2.remap(portrait.picture, field, None, cv2.INTER_LINEAR),  # type: ignore[call-overload]  # no second map
    }


if __name__ == "__main__":
    main()
