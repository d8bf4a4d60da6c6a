"""How well the head fits real faces: portraits one by one, clips as one person; ``python -m tests.bench.head PLACE``.

Protocol: distances of the projected points from the tracked ones, in the picture, in per cent of the outer-eye
distance; the mean over the points of a part, and over all frames of a clip. The lens is assumed. How restless weights
are is their mean second difference from frame to frame, as a multiple of that of the tracker's own scores.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from portrait_addon.pipeline.face.mesh import BROWS, LIDS, LOWER_LIP, SKIN_POINTS, UPPER_LIP, outer_eye_distance
from portrait_addon.pipeline.head.camera import Camera
from portrait_addon.pipeline.head.clip_fitting import fit_clip
from portrait_addon.pipeline.head.fitting import fit_portrait
from portrait_addon.pipeline.head.landmarks import load_landmarks
from portrait_addon.pipeline.imaging.arrays import Float64Array, Points
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from tests.bench.report import head_tables
from tests.bench.subjects import Clip, Studio, Subjects, read_portrait

Figures = Mapping[str, float]

PARTS = {
    "lips": np.unique([UPPER_LIP, LOWER_LIP]),
    "lids": np.unique([lids.inside for lids in LIDS]),
    "brows": np.array(BROWS),
    "all": np.arange(SKIN_POINTS),
}


def fit_picture(path: Path) -> dict[str, float]:
    """Find the face of a picture, and fit a head to it."""
    with Studio() as studio:
        return portrait_figures(studio.portrait(read_portrait(path)))


def fit_film(path: Path) -> dict[str, float]:
    """Track a clip, and fit a head to it."""
    with Studio() as studio:
        return clip_figures(studio.record(Clip(path)))


def portrait_figures(portrait: Portrait) -> dict[str, float]:
    """Fit a head to a portrait."""
    model, camera = load_landmarks(), Camera.of_picture(portrait.size)
    began = time.process_time()
    fit = fit_portrait(model, camera, portrait.points, portrait.blendshapes)
    seconds = time.process_time() - began
    return by_parts(away(fit.project(model), portrait.points)[None]) | {"seconds": seconds}


def clip_figures(performance: Performance) -> dict[str, float]:
    """Fit a head to the first shot of a performance."""
    shot, model = performance.shots[0], load_landmarks()
    width, height = (int(side) for side in shot.size)
    camera = Camera.of_picture((width, height))
    began = time.process_time()
    fit = fit_clip(model, camera, shot.points, shot.blendshapes, shot.frame_seconds)
    milliseconds = 1000 * (time.process_time() - began) / shot.frame_count
    face = fit.person.face(model)
    distances = np.array([away(fit.project(face, row), points) for row, points in enumerate(shot.points)])
    restless = restlessness(fit.weights) / max(restlessness(shot.blendshapes[:, 1:]), 1e-9)
    return by_parts(distances) | {"restlessness": restless, "ms a frame": milliseconds}


def away(projected: Points, tracked: Points) -> Float64Array:
    """(478,) distances in the picture, in per cent of the outer-eye distance."""
    return np.asarray(100 * np.linalg.norm(projected - tracked[:, :2], axis=1) / outer_eye_distance(tracked))


def by_parts(distances: Float64Array) -> dict[str, float]:
    """Mean over the frames (n, 478) and the points of each part."""
    return {part: float(distances[:, points].mean()) for part, points in PARTS.items()}


def restlessness(weights: Points) -> float:
    """Mean second difference from frame to frame."""
    return float(np.abs(np.diff(weights, 2, axis=0)).mean())


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("places", nargs="*", type=Path, default=[Path(__file__).parents[1] / "assets"])
    subjects = Subjects.of(parser.parse_args().places)
    portraits = {path.stem: fit_picture(path) for path in subjects.portraits}
    print(head_tables(portraits, {path.stem: fit_film(path) for path in subjects.selves}))


if __name__ == "__main__":
    main()
