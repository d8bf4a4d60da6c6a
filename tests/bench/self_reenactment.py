"""A clip animates its own first frame: every other frame is the truth.

Protocol: frames 1 to `FRAMES`, the first is the portrait and the neutral frame. Which frames are compared with the
truth, and how, says `judge`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from tests.bench.fields import field_figures
from tests.bench.graded import GradedClip
from tests.bench.judge import FLOW_FRAMES, Figures, Judge
from tests.bench.lpips import Lpips
from tests.bench.rules import RULES, Rule
from tests.bench.sheets import Sheet
from tests.bench.subjects import MADE_UP, PRODUCT, RAW, STEPS, WHOLE, WITHOUT_OUTLIERS, Clip, Studio
from tests.composing import compose

FRAMES = 160

STATIC, FLOOR, FIELDS = "static picture", "floor", "fields"
GRADED = "driver graded and halved"
"""The product, driven by `GradedClip`."""

SHOWN = 8
"""Moments of a contact sheet."""

SourceImage = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class _Composed:
    """Frames of the product by row of the clip, counted from 0."""

    portrait: Portrait
    performance: Performance
    settings: Settings

    def __call__(self, k: int) -> SourceImage:
        return np.asarray(compose(self.portrait, self.performance, self.settings, k + 1).picture, np.uint8)

    @property
    def unshaded(self) -> _Composed | None:
        """The same without the shading of step 4; None if there is none anyway."""
        return replace(self, settings=replace(self.settings, wrinkles=0)) if self.settings.wrinkles else None


def self_reenactment(path: Path, lpips: Lpips, output: Path, rules: Sequence[str] = ()) -> dict[str, Figures]:
    """Figures of every step, of the product without each rule, and of the fields; leaves contact sheets.

    Parameters
    ----------
    path : Path
        The clip.
    lpips : Lpips
    output : Path
        Folder of the sheets.
    rules : sequence of str
        Names of those to be switched off, one at a time.

    Returns
    -------
    dict
        Row name to figures; the row ``fields`` has those of the warp fields. Rows of rules have no flow.
    """
    cv2.setNumThreads(1)  # clips run side by side
    clip = Clip(path)
    with Studio() as studio:
        truth = clip.frames(FRAMES)
        portrait = studio.portrait(truth[0])
        performances = {kind: studio.record(clip, kind, neutral=1) for kind in (RAW, WITHOUT_OUTLIERS, WHOLE)}
        judge = Judge(truth, studio.tracker, lpips)
        shown = list(judge.compared)[:: max(1, len(judge.compared) // SHOWN)][:SHOWN]
        sheet = Sheet(truth[0], portrait.points, shown)
        sheet.add("driver", truth)
        rows = {STATIC: judge.judge(lambda _: truth[0]) | judge.motion(lambda _: truth[0])}
        for step in (*STEPS, *MADE_UP):
            frames = _Composed(portrait, performances[step.performance], step.settings)
            rows[step.name] = judge.judge(frames, frames.unshaded) | judge.motion(frames)
            sheet.add(step.name, {k: frames(k) for k in shown})
        calm = [np.asarray(cv2.bilateralFilter(frame, 7, 25, 3), np.uint8) for frame in truth[:FLOW_FRAMES]]
        rows[FLOOR] = judge.motion(calm.__getitem__)
        rows[GRADED] = graded_figures(path, portrait, studio, judge)
        rows[FIELDS] = field_figures(portrait, performances[WHOLE], PRODUCT.settings, judge.compared)
        rows |= _without_rules(clip, studio, judge, performances[WHOLE], [rule for rule in RULES if rule.name in rules])
        sheet.write(output / f"self_{path.stem}.png")
    return rows


def graded_figures(path: Path, portrait: Portrait, studio: Studio, judge: Judge) -> Figures:
    """Figures of the product where the driver has another look than the portrait and the truth.

    Parameters
    ----------
    path : Path
        The clip.
    portrait : Portrait
        Its first frame.
    studio : Studio
    judge : Judge
        Of the clip as it is.
    """
    frames = _Composed(portrait, studio.record(GradedClip(path), neutral=1), PRODUCT.settings)
    return judge.judge(frames, frames.unshaded) | judge.motion(frames)


def _without_rules(
    clip: Clip, studio: Studio, judge: Judge, performance: Performance, rules: Sequence[Rule]
) -> Mapping[str, Figures]:
    """Figures of the product without each rule, by `Rule.row`."""
    rows: dict[str, Figures] = {}
    for rule in rules:
        with rule.switched_off():
            recorded = studio.record(clip, neutral=1) if rule.recorded else performance
            # A portrait anew: what belongs to it is kept as long as it lives.
            portrait = studio.portrait(judge.truth[0])
            frames = _Composed(portrait, recorded, replace(PRODUCT.settings, **rule.settings))
            rows[rule.row] = judge.judge(frames, frames.unshaded)
    return rows
