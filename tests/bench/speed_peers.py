"""Composing a frame beside what else there is: warps that PyPI has, and the lecture as it reads.

All are given the same picture, the same points at rest and the same moved points; only `compose` also makes a mouth,
eyes, lids and shading. The packages are installed beside the benchmark, never into an environment.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock, patch

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator
from scipy.spatial import Delaunay

from portrait_addon.jobs.baking import analyse
from portrait_addon.jobs.job import run
from portrait_addon.jobs.tracking import TrackJob
from portrait_addon.media.pictures import SourceImage
from portrait_addon.pipeline.face.mesh import FACE_OVAL, MOUTH, SKIN_POINTS
from portrait_addon.pipeline.frame.control_points import control_points
from portrait_addon.pipeline.pair.pair import Pair
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from tests.bench import speed_material
from tests.bench.speed_clock import in_turn
from tests.composing import compose

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "tools" / "requirements" / "bench-peers.txt"
NOT_NEEDED = ("mediapipe", "mediapipe.framework", "mediapipe.framework.formats", "wand", "wand.color", "wand.image",
              "PIL", "PIL.Image", "psutil", "ffmpeg", "tqdm", "matplotlib", "matplotlib.pyplot", "pandas")  # fmt: skip
"""What the peers import for work that is not measured; stand-ins do."""

COMPOSED = "compose"
LECTURE = "the lecture as it reads"
RADII, RADIUS_STEP = 10, 0.005

Points = NDArray[np.float64]
IntArray = NDArray[np.uint8]
Warp = Callable[[IntArray, Points, Points], IntArray]
"""Picture, points at rest, moved points -> picture."""


def fetch(folder: Path) -> None:
    """Install the peers into a folder of their own, by their checksums, and make them known."""
    if not (folder / "skimage").is_dir():
        options = ["--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes", f"--requirement={REQUIREMENTS}"]
        subprocess.run([sys.executable, "-m", "pip", "install", *options, f"--target={folder}"], check=True)
    sys.path.insert(0, str(folder))


def measure(packages: Path, material: Path, sizes: list[int], rounds: int) -> dict[str, Any]:
    """Milliseconds a frame of each, and how many times faster `compose` is."""
    fetch(packages)
    warps = {**_warps(), LECTURE: lecture}
    performance = run(TrackJob(speed_material.clip(material, 512, 512, 75)))
    report: dict[str, Any] = {}
    for side in sizes:
        portrait = analyse(SourceImage(speed_material.portrait(side, side), "portrait.png"))
        rest, moved, frame = moment(portrait, performance)
        picture = np.asarray(portrait.picture, np.uint8)
        works: dict[str, Callable[[], Any]] = {COMPOSED: lambda: compose(portrait, performance, Settings(), frame)}  # noqa: B023
        works |= {name: partial(warp, picture, rest, moved) for name, warp in warps.items()}
        in_turn({COMPOSED: works[COMPOSED]}, 3)  # warm
        found = in_turn(works, rounds)
        report[f"{side}²"] = {
            name: one.figures() | {"times as long": round(one.cpu / found[COMPOSED].cpu, 1)}
            for name, one in found.items()
        }
    return report


def moment(portrait: Portrait, performance: Performance) -> tuple[Points, Points, int]:
    """Points at rest and moved, the border's among them, in the frame whose mouth is widest; and its number."""
    open_mouth = performance.points[:, MOUTH.lower, 1] - performance.points[:, MOUTH.upper, 1]
    number = int(open_mouth.mean(axis=1).argmax()) + 1
    pair = Pair.of(portrait, performance)
    moved = control_points(portrait, performance, pair, Settings(), number).face[:SKIN_POINTS, :2]
    width, height = portrait.size
    border = [(x, y) for x in (0, width // 2, width - 1) for y in (0, height // 2, height - 1)]
    border.remove((width // 2, height // 2))
    return np.vstack([portrait.points[:SKIN_POINTS, :2], border]), np.vstack([moved, border]), number


def _warps() -> dict[str, Warp]:
    with patch.dict(sys.modules, {name: MagicMock() for name in NOT_NEEDED}):
        facework = importlib.import_module("facework.FaceMorph")
        facemorph = importlib.import_module("facemorph.morphing")
    skimage = importlib.import_module("skimage.transform")

    def by_facework(picture: IntArray, rest: Points, moved: Points) -> IntArray:
        morph = object.__new__(facework.FaceMorph)  # its constructor looks for faces
        return np.asarray(morph._morph_warp_im(picture, rest, moved, Delaunay((rest + moved) / 2).simplices))

    def by_facemorph(picture: IntArray, rest: Points, moved: Points) -> IntArray:
        triangles = Delaunay((rest + moved) / 2).simplices
        return np.asarray(facemorph.build_morphed_frame(picture, picture, rest, moved, triangles, 1.0, False))

    def by_skimage(picture: IntArray, rest: Points, moved: Points) -> IntArray:
        transform = skimage.PiecewiseAffineTransform.from_estimate(moved, rest)
        return np.asarray(skimage.warp(picture, transform, order=1, mode="edge", preserve_range=True), np.uint8)

    def by_scipy(picture: IntArray, rest: Points, moved: Points) -> IntArray:
        return _look_up(picture, _field(picture, rest, moved))

    return {
        "facework, triangle by triangle": by_facework,
        "facemorph, two warps and a blend": by_facemorph,
        "SciPy LinearNDInterpolator, cv2.remap": by_scipy,
        "scikit-image PiecewiseAffineTransform": by_skimage,
    }


def _field(picture: IntArray, rest: Points, moved: Points) -> NDArray[np.float32]:
    y, x = np.indices(picture.shape[:2])
    return np.asarray(LinearNDInterpolator(moved, rest)(x, y), np.float32)


def _look_up(picture: IntArray, field: NDArray[np.float32]) -> IntArray:
    return np.asarray(cv2.remap(picture, field, None, cv2.INTER_LINEAR), np.uint8)  # type: ignore[call-overload]  # no second map


def lecture(picture: IntArray, rest: Points, moved: Points) -> IntArray:
    """The lecture's steps 2 and 3 at full size: interpolated field, ten blurs by confidence, lookup, seamless clone.

    The mouth that is cloned in is the picture's own, so that no clip is needed for the comparison.
    """
    height, width = picture.shape[:2]
    positions = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=2).astype(np.float32)
    offsets = _field(picture, rest, moved) - positions
    outside = np.ones((height, width), np.uint8)
    cv2.fillPoly(outside, [np.round(moved[list(FACE_OVAL)]).astype(np.int32)], (0,))
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    level = np.minimum(distance / (distance.max() / RADII + 1e-6), RADII - 1).astype(int)
    smooth, diagonal = offsets.copy(), float(np.hypot(width, height))
    for radius in range(1, RADII):
        blurred = cv2.GaussianBlur(offsets, (0, 0), RADIUS_STEP * radius * diagonal)
        smooth[level == radius] = blurred[level == radius]
    warped = _look_up(picture, smooth + positions)
    contour = np.round(moved[MOUTH.contour]).astype(np.int32)
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [contour], (255,))
    left, top, across, down = cv2.boundingRect(mask)
    if across < 3 or down < 3:
        return warped
    centre = (left + across // 2, top + down // 2)
    return np.asarray(cv2.seamlessClone(picture, warped, mask, centre, cv2.NORMAL_CLONE), np.uint8)
