"""How well step 4 tells wrinkles from shadows that moved, on a face rendered by Blender.

precision, recall
    Of the outlier step in its reference frame, over significant pixels; true is what the shadow changed by more than
    the threshold of significance.
r raw, r product, r ideal
    Correlation of logarithms of ratio images with the true shading, which the expression alone makes: of the raw ratio,
    of what is transferred, and of what a perfect outlier step would leave. It too loses the wrinkles that a shadow
    crossed.
r free
    Of what is transferred, where no shadow ever was.
shadow left
    Share of the shadow's change of light that is transferred.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from portrait_addon.pipeline.clip.outliers import SIGNIFICANT, reference_frame
from portrait_addon.pipeline.clip.ratio_images import RatioImageExtractor, clean_log_ratios
from portrait_addon.pipeline.face.mesh import SKIN_POINTS
from portrait_addon.pipeline.imaging.arrays import BoolArray, UInt8Array
from portrait_addon.pipeline.imaging.colour import encoded_luminance
from portrait_addon.pipeline.imaging.similarity import best_similarity
from tests.bench import measures
from tests.bench.sheets import Sheet
from tests.bench.subjects import Clip, Studio
from tests.bench.wrinkle_scene import Rendered, render
from tools.in_blender import run_and_exit

ROOT = Path(__file__).parents[2]
CLIP = ROOT / "tests" / "assets" / "demo_smile_mit.mp4"
PATHS = (0.05, 0.1, 0.15)
"""How far the shadow moves, in outer-eye distances."""

FRAMES = 31
RATE = 25.0

Figures = dict[str, float]


def wrinkle_truth(output: Path) -> dict[str, Figures]:
    """Figures of every scene, by name; leaves a contact sheet of each."""
    with Studio() as studio:
        performance = studio.record(Clip(CLIP))
    neutral = performance.neutral_points
    peak = performance.points[reference_frame(performance.points, neutral)]
    peak = best_similarity(peak[:SKIN_POINTS], neutral[:SKIN_POINTS])(peak)
    frames = list(render(neutral, peak, PATHS, FRAMES))
    return {f"shadow moves {path:g}": figures(frames, path, output) for path in PATHS}


def figures(frames: Sequence[Rendered], path: float, output: Path) -> Figures:
    """Figures of one scene."""
    points = np.stack([frame.points for frame in frames])
    recorder = RatioImageExtractor(frames[0].seen[path], points[0])
    truth = RatioImageExtractor(frames[0].expression_only, points[0])
    seen = [recorder.seen(frame.seen[path], frame.points) for frame in frames]
    raw = np.stack([recorder.log_ratio(picture) for picture in seen])
    true = np.stack([truth.log_ratio(truth.seen(frame.expression_only, frame.points)) for frame in frames])
    reference = reference_frame(points, points[0])
    keep = recorder.without_outliers(raw[reference], encoded_luminance(seen[reference]))

    inside: BoolArray = np.asarray((recorder.region > 0.5) & (truth.region > 0.5))
    shadow = np.abs(raw.astype(np.float32) - true) > np.log(SIGNIFICANT)
    significant = (np.abs(raw[reference]) > np.log(SIGNIFICANT)) & inside
    precision, recall = measures.precision_recall((keep < 0.5) & significant, shadow[reference] & significant)
    crossed = np.asarray(cv2.dilate(shadow.any(axis=0).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    product = clean_log_ratios(raw, recorder.region * keep, recorder.explained(), 1 / RATE)
    ideal = clean_log_ratios(raw, np.asarray(recorder.region * ~crossed, np.float32), np.zeros_like(keep), 1 / RATE)

    def correlation(log: measures.Numbers, where: BoolArray) -> float:
        return measures.correlation(log[:, where].astype(np.float64), true[:, where].astype(np.float64))

    change = np.abs(raw.astype(np.float32) - true)[:, inside & crossed]
    _sheet(frames, path, [true, raw, product], inside, output)
    return {
        "precision": precision,
        "recall": recall,
        "r raw": correlation(raw, inside),
        "r product": correlation(product, inside),
        "r ideal": correlation(ideal, inside),
        "r free": correlation(product, inside & ~crossed),
        "shadow left": float((change * keep[inside & crossed]).mean() / change.mean()),
    }


def _sheet(
    frames: Sequence[Rendered], path: float, logs: Sequence[measures.Numbers], inside: BoolArray, output: Path
) -> None:
    rows = list(range(0, len(frames), max(1, len(frames) // 8)))[:8]
    sheet = Sheet(frames[0].expression_only, frames[0].points, rows)
    sheet.add("driver", [frame.seen[path] for frame in frames])
    for name, log in zip(("true shading", "raw ratio", "transferred"), logs, strict=True):
        sheet.add_tiles(name, [_shown(log[row], inside) for row in rows])
    sheet.write(output / f"truth_shadow_{path:g}.png")


def _shown(log: measures.Numbers, inside: BoolArray) -> UInt8Array:
    """A log ratio as a picture: grey is unchanged."""
    grey = np.clip(128 + 200 * log.astype(np.float32) * inside, 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


def main() -> None:
    """Print the figures as one line of JSON."""
    os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="blender-user-")  # nobody's own settings
    print("\n" + json.dumps(wrinkle_truth(Path(sys.argv[1]))))


if __name__ == "__main__":
    run_and_exit(main)
