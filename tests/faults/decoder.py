"""Decode strangers' files with little memory, in a process that may die: one line of JSON for each.

Run by `test_strangers.py` with the kind of file and a limit of memory in bytes; file names come from standard input.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from portrait_addon.errors import InputError
from portrait_addon.media.clips import open_clip
from portrait_addon.media.pictures import read_picture


def decode(kind: str, path: Path) -> dict[str, object]:
    if kind == "picture":
        return {"shape": read_picture(path).pixels.shape}
    clip = open_clip(path)
    seconds = np.array([seconds for seconds, _ in clip])
    return {"frames": len(seconds), "declared": clip.frame_count_declared, "shortfall": clip.shortfall(seconds)}


def main(kind: str, memory: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        resource = None  # type: ignore[assignment]  # a module, or none
    if resource:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (used + memory, used + memory))
    with os.fdopen(os.dup(1), "w", buffering=1) as out, Path(os.devnull).open("w") as nothing:
        for descriptor in (1, 2):
            os.dup2(nothing.fileno(), descriptor)
        for name in sys.stdin.read().splitlines():
            began = time.monotonic()
            try:
                result = decode(kind, Path(name))
            except InputError as error:
                result = {"error": str(error)}
            print(json.dumps({"name": name, "seconds": time.monotonic() - began} | result), file=out)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
