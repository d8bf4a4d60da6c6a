"""Make the bank of creases anew: ``python tools/make_creases.py`` writes ``portrait_addon/models/creases.npz``.

It learns from the clips of ``tests/assets`` by a ridge regression of their ratio images on the weights of their fitted
heads, both counted from the mean of their clip. Each frame counts twice, the second time mirrored, so that both sides
of a face do the same. Its new checksum is printed, for ``portrait_addon/models/__init__.py``.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from portrait_addon.media.clips import open_clip  # noqa: E402
from portrait_addon.pipeline import track  # noqa: E402
from portrait_addon.pipeline.clip.crease_bank import OF_A_SIDE, OF_BOTH, action_weights  # noqa: E402
from portrait_addon.pipeline.clip.expression_curves import ExpressionCurves, performance_of  # noqa: E402
from portrait_addon.pipeline.face.canonical_face import CanonicalFace  # noqa: E402
from portrait_addon.pipeline.face.mesh import face_triangles  # noqa: E402
from portrait_addon.pipeline.imaging.arrays import Float32Array, Float64Array, Points  # noqa: E402
from portrait_addon.pipeline.imaging.box import Box  # noqa: E402
from portrait_addon.pipeline.imaging.raster import (  # noqa: E402
    affine_maps,
    piecewise_affine_map,
    rasterize_triangle_ids,
    remap,
)
from portrait_addon.pipeline.imaging.sample_grid import SampleGrid  # noqa: E402
from portrait_addon.pipeline.records.performance import Performance  # noqa: E402

CLIPS = ("demo_smile_mit.mp4", "demo_expressions_mit.mp4", "demo_talk_ccby.mp4")
FILE = ROOT / "portrait_addon" / "models" / "creases.npz"

CALM = 0.05
"""Weight of the ridge, against the mean square of an action's weight."""

STRONGEST = 127
"""Largest whole number of an image."""

SHARED = 0.1
"""Half the width of the stripe in the middle that both sides shade, as a share of the face's width."""

NEGLIGIBLE = 0.004
"""Logarithms below this are no crease, and pack better as 0."""


def main() -> None:
    """Learn the bank and write it."""
    points, size = canonical_mean_face()
    sides, both = len(OF_A_SIDE), len(OF_BOTH)
    swapped = [*range(sides, 2 * sides), *range(sides), *range(2 * sides, 2 * sides + both)]
    products, targets = np.zeros((len(swapped),) * 2), np.zeros((len(swapped), size[0] * size[1]))
    for name in CLIPS:
        weights, ratios = seen_in(track(list(open_clip(ROOT / "tests" / "assets" / name))), points, size)
        print(f"{name}: {len(weights)} frames")
        # What a whole clip has in common is its neutral frame's, which is never quite at rest, and no expression's.
        weights, ratios = weights - weights.mean(axis=0), ratios - ratios.mean(axis=0)
        for rows, images in ((weights, ratios), (weights[:, swapped], ratios[:, :, ::-1])):
            products += rows.T @ rows / len(rows)
            targets += rows.T @ images.reshape(len(rows), -1) / len(rows)
    ridge = CALM * np.trace(products) / len(products) * np.eye(len(products))
    learned = np.linalg.solve(products + ridge, targets).reshape(-1, size[1], size[0])
    # People mostly use both sides at once, which does not tell which of them did what: each has its own half.
    halves = own_half(size[0]) * (learned[:sides] + learned[sides : 2 * sides])
    kept = np.concatenate([halves, learned[2 * sides :]])
    kept[np.abs(kept) < NEGLIGIBLE] = 0
    steps = np.abs(kept).max(axis=(1, 2)) / STRONGEST
    images = np.rint(kept / steps[:, None, None]).astype(np.int8)
    np.savez_compressed(FILE, points=points.astype(np.float32), images=images, steps=steps.astype(np.float32))
    print(f"{FILE.name}: {FILE.stat().st_size} bytes, sha256 {sha256(FILE.read_bytes()).hexdigest()}")


def own_half(width: int) -> Float64Array:
    """(w,) weight of the sitter's left half, which is the viewer's right: with its mirror image it gives 1."""
    from_middle = (np.arange(width) - (width - 1) / 2) / (SHARED * width)
    return np.clip((1 + from_middle) / 2, 0, 1)


def canonical_mean_face() -> tuple[Float64Array, tuple[int, int]]:
    """Points (478, 2) of the mean head in its canonical face, whose middle is that of its pixels, and its size."""
    face = CanonicalFace.of(performance_of(ExpressionCurves.at_rest(np.zeros(1))).neutral_points)
    middle = face.points[:, 0].min() / 2 + face.points[:, 0].max() / 2
    return face.points + np.array([(face.size[0] - 1) / 2 - middle, 0]), face.size


def seen_in(performance: Performance, points: Points, size: tuple[int, int]) -> tuple[Float64Array, Float32Array]:
    """Weights of actions (n, 23) in the frames of a clip, and their log ratio images (n, h, w) in the bank's face."""
    grid, triangles = SampleGrid.of_pixels(Box(0, 0, *size)), face_triangles()
    ids = rasterize_triangle_ids(grid, triangles, points)
    weights, ratios = [], []
    for shot in performance.shots:
        to_shot = piecewise_affine_map(grid, ids, affine_maps(points[triangles], shot.canonical_face.points[triangles]))
        for row in np.flatnonzero(shot.found & ~shot.covered):
            t = float(row) + 1
            ratio = remap(shot.log_ratio_at(t), to_shot, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
            weights.append(action_weights(shot.expression_at(t)))
            ratios.append(ratio * (ids >= 0))
    return np.array(weights), np.array(ratios, np.float32)


if __name__ == "__main__":
    main()
