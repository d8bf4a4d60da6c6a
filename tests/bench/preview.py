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
    import cv2
    import numpy as np

    import portrait_addon

    portrait_addon.register()
    from portrait_addon.blender.running import object_cache
    from portrait_addon.blender.viewport import pixels
    from portrait_addon.pipeline.records.settings import Settings
    from tests.composing import compose

    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.portrait.add(filepath=str(portrait_path))
    bpy.ops.portrait.load_clip(filepath=str(clip_path))
    ob, scene = bpy.context.object, bpy.context.scene
    scene.render.fps = 25
    ob.portrait.preview_size = size
    portrait = object_cache.scaled_portrait(object_cache.portrait_of(ob), size)
    performance = object_cache.performance_of(ob)
    if performance is None:
        raise SystemExit("the clip was not tracked")
    image = pixels.new_image("measured", portrait.size, ob.portrait.portrait)
    rows, columns = np.indices(portrait.picture.shape[:2], np.float32)
    field = np.dstack([columns + 0.3, rows + 0.6])
    parts: dict[str, list[float]] = {name: [] for name in ("compose", "convert", "hand over", "scrub", "lookup")}

    def clocked(name: str, work: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        result = work()
        parts[name].append((time.perf_counter() - began) * 1000)
        return result

    for number in range(1, performance.frame_count + 1):
        picture = clocked("compose", lambda: compose(portrait, performance, Settings(), number)).picture  # noqa: B023
        data = clocked("convert", lambda: pixels.as_file(picture))  # noqa: B023
        clocked("hand over", lambda: pixels.pack(image, data))  # noqa: B023
        clocked("scrub", lambda: scene.frame_set(number))  # noqa: B023
        clocked("lookup", lambda: cv2.remap(portrait.picture, field, None, cv2.INTER_LINEAR))
    kept = {name: np.array(values[WARM:]) for name, values in parts.items()}
    kept["whole"] = kept["compose"] + kept["convert"] + kept["hand over"]
    lookup = float(np.median(kept["lookup"]))
    return {
        "blender": bpy.app.version_string,
        "size": list(portrait.size),
        "load": [round(value, 1) for value in os.getloadavg()],
    } | {
        name: {
            "median ms": round(float(np.median(values)), 2),
            "95 % ms": round(float(np.quantile(values, 0.95)), 2),
            "over a lookup": round(float(np.median(values)) / lookup, 1),
        }
        for name, values in kept.items()
    }


if __name__ == "__main__":
    main()
