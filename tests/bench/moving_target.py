"""Two parts of one clip: the first is a target that moves, the second drives it.

  python -m tests.bench.moving_target [PLACE ...]

Both parts are tracked apart, and run side by side. What the face of the driving part does is the truth for the composed
one: its points, laid over the composed face by nose and forehead, are compared with what the tracker finds there, and
what carries over is told as for pictures. A mouth flickers by one less the correlation of successive pictures of it;
the figure is that of the composed frames over that of the clip, both parts of which are real.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait_addon.media.clips import open_clip
from portrait_addon.models import load_model
from portrait_addon.pipeline.bundled import track
from portrait_addon.pipeline.face.mesh import OUTER_LIPS, outer_eye_distance
from portrait_addon.pipeline.frame.target_compositor import TargetCompositor
from portrait_addon.pipeline.imaging.arrays import Points
from portrait_addon.pipeline.imaging.similarity import best_similarity
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.settings import TargetSettings
from tests.bench.face_measures import point_errors
from tests.bench.geometry import NOSE_AND_FOREHEAD, carried_over, shape
from tests.bench.judge import Figures, mean
from tests.bench.measures import SourceImage, correlation, grey
from tests.bench.subjects import RememberingTracker, Subjects

FRAMES = 120
"""Most frames of a part."""

MOUTH_SIZE = (48, 32)
MOUTH_WIDTH = 1.2
"""Size of the small picture of a mouth in pixels, and its width in outer-eye distances."""

ROWS = {
    "target as it is": None,
    "its own mouth where it fits": TargetSettings(),
    "driver's mouth": TargetSettings(found_mouth=0.0, mouth_modelled=0.0),
    "modelled mouth": TargetSettings(found_mouth=0.0, mouth_modelled=1.0),
}


def moving_target(path: Path) -> dict[str, Figures]:
    """Figures of a clip whose second part drives its first.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict
        Figures by the rows of the table.
    """
    frames = [frame for _, frame in open_clip(path)]
    half = min(len(frames) // 2, FRAMES)
    film, driving = frames[:half], frames[half : 2 * half]
    target, driver = (track([(row / 25, frame) for row, frame in enumerate(part)]) for part in (film, driving))
    compositor = TargetCompositor(target, [film[neutral - 1] for neutral in target.neutrals])
    with RememberingTracker(load_model("face_landmarker.task")) as tracker:
        truth = [tracker.points(frame) for frame in driving]
        rest = tracker.points(film[target.neutral - 1]), tracker.points(driving[driver.neutral - 1])
        filmed = [tracker.points(frame) for frame in film]
        real = mean([flicker(driving, truth), flicker(film, filmed)])
        rows = {}
        for name, settings in ROWS.items():
            made = film if settings is None else composed(compositor, film, driver, settings)
            found = [tracker.points(frame) for frame in made]
            rows[name] = expressed(found, truth, rest) | {"flicker": flicker(made, found) / real}
    return rows


def composed(
    compositor: TargetCompositor, film: Sequence[SourceImage], driver: Performance, settings: TargetSettings
) -> list[SourceImage]:
    """Compose all frames of a film, frame by frame beside its driver."""
    asked = [(number, [Moment(driver, float(number))], settings) for number in range(1, len(film) + 1)]
    steps = compositor.find_mouths(asked)
    try:
        while True:
            next(steps)
    except StopIteration as end:
        mouths = end.value
    return [
        np.asarray(compositor.frame(picture, number, mix, settings, mouth).picture, np.uint8)
        for picture, (number, mix, _), mouth in zip(film, asked, mouths, strict=True)
    ]


def expressed(
    found: Sequence[Points | None], truth: Sequence[Points | None], rest: tuple[Points | None, Points | None]
) -> Figures:
    """How nearly faces express what others do, by points; both with their faces at rest, the found ones' first."""
    ours, theirs = rest
    assert ours is not None and theirs is not None
    still = list(NOSE_AND_FOREHEAD)
    pairs = [(one, other) for one, other in zip(found, truth, strict=True) if one is not None and other is not None]
    errors = [
        point_errors(one, best_similarity(other[still, :2], one[still, :2])(other[:, :2])) for one, other in pairs
    ]
    figures = {name: mean([error[name] for error in errors]) for name in errors[0]}
    carried = carried_over([shape(one, ours) for one, _ in pairs], [shape(other, theirs) for _, other in pairs])
    return figures | carried


def flicker(frames: Sequence[SourceImage], points: Sequence[Points | None]) -> float:
    """Mean of one less the correlation of successive pictures of a mouth, each cut out where the lips are.

    Parameters
    ----------
    frames : sequence of (h, w, 3) uint8 array
    points : sequence of (478, 2 or more) array, optional
        Of the face in each; None where there is none.

    Returns
    -------
    float
        0 where nothing changes.
    """
    mouths = [
        None if found is None else mouth_picture(frame, found) for frame, found in zip(frames, points, strict=True)
    ]
    return mean(
        [
            1 - correlation(before.ravel(), after.ravel())
            for before, after in pairwise(mouths)
            if before is not None and after is not None
        ]
    )


def mouth_picture(frame: SourceImage, points: Points) -> NDArray[np.float64]:
    """(h, w) grey picture of the surroundings of a mouth, of one size for all faces."""
    zoom = MOUTH_SIZE[0] / (MOUTH_WIDTH * outer_eye_distance(points))
    middle = points[OUTER_LIPS.contour, :2].mean(axis=0)
    shift = (np.array(MOUTH_SIZE) - 1) / 2 - zoom * middle
    matrix = np.array([[zoom, 0, shift[0]], [0, zoom, shift[1]]])
    blurred = cv2.GaussianBlur(grey(frame), (0, 0), max(0.5 / zoom, 0.3))
    return np.asarray(cv2.warpAffine(blurred, matrix, MOUTH_SIZE, borderMode=cv2.BORDER_REPLICATE), np.float64)


def table(figures: dict[str, dict[str, Figures]]) -> str:
    """A table in Markdown, with a line for each row of each clip."""
    names = ("AKD_lips", "AKD_brows", "lips_gain", "lips_r", "smile_r", "flicker")
    lines = [f"| clip | row | {' | '.join(names)} |", "|---|---|" + "---|" * len(names)]
    for clip, rows in figures.items():
        for row, found in rows.items():
            cells = (f"{found[name]:.2f}" if name in found else "" for name in names)
            lines.append(f"| {clip} | {row} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("places", nargs="*", type=Path, default=[Path(__file__).parents[1] / "assets"])
    clips = Subjects.of(parser.parse_args().places).selves
    print(table({path.stem: moving_target(path) for path in clips}))


if __name__ == "__main__":
    main()
