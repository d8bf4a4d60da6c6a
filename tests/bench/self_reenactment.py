"""A clip animates its own first frame: every other frame is the truth.

Protocol: frames 1 to `FRAMES`, the first is the portrait and the neutral frame. Every `EVERY`-th frame from the second
on is compared; the flow of consecutive frames up to `FLOW_FRAMES`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.bench import measures
from tests.bench.fields import field_figures
from tests.bench.lpips import Features, Lpips
from tests.bench.sheets import Sheet
from tests.bench.subjects import PRODUCT, RAW, STEPS, WHOLE, WITHOUT_OUTLIERS, Clip, RememberingTracker, Studio
from tests.composing import compose

FRAMES = 160
EVERY = 6
FLOW_FRAMES = 80
FLOW_FACE_EVERY = 4
"""The face's place is looked up in every so many frames for the flow inside it."""

STATIC, FLOOR = "static picture", "floor"
SHOWN = 8
"""Moments of a contact sheet."""

SourceImage = NDArray[np.uint8]
Figures = dict[str, float]


def self_reenactment(path: Path, lpips: Lpips, output: Path) -> dict[str, Figures]:
    """Figures of every step and of the fields; leaves contact sheets.

    Parameters
    ----------
    path : Path
        The clip.
    lpips : Lpips
    output : Path
        Folder of the sheets.

    Returns
    -------
    dict
        Row name to figures; the row ``fields`` has those of the warp fields.
    """
    cv2.setNumThreads(1)  # clips run side by side
    clip = Clip(path)
    with Studio() as studio:
        truth = clip.frames(FRAMES)
        portrait = studio.portrait(truth[0])
        performances = {kind: studio.record(clip, kind, neutral=1) for kind in (RAW, WITHOUT_OUTLIERS, WHOLE)}
        compared = range(1, len(truth), EVERY)
        judge = _Judge(truth, studio.tracker, lpips)
        sheet = Sheet(truth[0], portrait.points, list(compared)[:: max(1, len(compared) // SHOWN)][:SHOWN])
        sheet.add("driver", truth)
        rows: dict[str, Figures] = {STATIC: judge.judge([truth[0]] * len(truth))}
        for step in STEPS:
            needed = set(compared) | set(range(min(len(truth), FLOW_FRAMES)))
            frames = {
                k: np.asarray(compose(portrait, performances[step.performance], step.settings, k + 1).picture, np.uint8)
                for k in sorted(needed)
            }
            rows[step.name] = judge.judge(frames)
            sheet.add(step.name, frames)
        rows[FLOOR] = judge.flow_figures([cv2.bilateralFilter(frame, 7, 25, 3) for frame in truth[:FLOW_FRAMES]])  # type: ignore[misc]
        rows["fields"] = field_figures(portrait, performances[WHOLE], PRODUCT.settings, compared)
        sheet.write(output / f"self_{path.stem}.png")
    return rows


@dataclass
class _Judge:
    """Compares frames with the truth; what the truth itself says is computed once."""

    truth: list[SourceImage]
    tracker: RememberingTracker
    lpips: Lpips
    _features: dict[int, Features] = field(default_factory=dict)
    _flows: dict[int, NDArray[np.float32]] = field(default_factory=dict)

    def judge(self, frames: list[SourceImage] | dict[int, SourceImage]) -> Figures:
        """All figures of one row; `frames` by row of the clip."""
        height, width = self.truth[0].shape[:2]
        figures: list[tuple[float, ...]] = []
        squares: list[float] = []
        for k in range(1, len(self.truth), EVERY):
            a, b = measures.scaled(frames[k], measures.COMPARED), measures.scaled(self.truth[k], measures.COMPARED)
            if k not in self._features:
                self._features[k] = self.lpips.features(b)
            perceived = self.lpips.distance(self.lpips.features(a), self._features[k])
            found, true = self.tracker.points(frames[k]), self.tracker.points(self.truth[k])
            distances = measures.point_distance(found, true, (width, height))
            figures.append((measures.mean_difference(a, b), measures.ssim(a, b), perceived, *distances))
            squares.append(measures.mean_square(a, b))
        names = ("L1", "SSIM", "LPIPS", "AKD", "AKD_mouth")
        means = dict(zip(names, np.nanmean(figures, axis=0).tolist(), strict=True))
        return means | {"PSNR": measures.psnr(squares)} | self.flow_figures(frames)

    def flow_figures(self, frames: list[SourceImage] | dict[int, SourceImage]) -> Figures:
        """tOF and tOF_face: mean absolute difference of the flow of consecutive frames from the truth's."""
        whole, face = [], []
        inside: NDArray[np.bool_] | None = None
        before = _for_flow(frames[0])
        for k in range(1, min(len(self.truth), FLOW_FRAMES)):
            now = _for_flow(frames[k])
            if k not in self._flows:
                self._flows[k] = measures.flow(_for_flow(self.truth[k - 1]), _for_flow(self.truth[k]))
            if k % FLOW_FACE_EVERY == 1:
                points = self.tracker.points(self.truth[k])
                scale = measures.FLOW_SIDE / max(self.truth[k].shape)
                inside = None if points is None else measures.face_mask(points, now.shape, scale)
            difference = np.abs(measures.flow(before, now) - self._flows[k])
            whole.append(difference.mean())
            if inside is not None:
                face.append(difference[inside].mean())
            before = now
        return {"tOF": float(np.mean(whole)), "tOF_face": float(np.mean(face)) if face else float("nan")}


def _for_flow(frame: SourceImage) -> SourceImage:
    return measures.grey(measures.scaled(frame, measures.FLOW_SIDE))
