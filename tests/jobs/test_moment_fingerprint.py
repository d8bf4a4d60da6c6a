"""A frame that is driven by numbers is told from others by what it shows alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from portrait_addon.jobs.performance_file import moment_fingerprint, performance_fingerprint
from portrait_addon.pipeline.clip.expression_curves import ExpressionCurves, performance_of
from portrait_addon.pipeline.head.model import EXPRESSION_UNITS
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance


def jaw(*opened: float) -> Performance:
    """A head at rest, and then with its jaw opened so far."""
    count = 1 + len(opened)
    weights = np.zeros((count, len(EXPRESSION_UNITS)))
    weights[1:, EXPRESSION_UNITS.index("jawOpen")] = opened
    times = np.arange(count, dtype=np.float64)
    return performance_of(ExpressionCurves(times, weights, np.zeros((count, 3)), np.zeros((count, 2)), np.ones(count)))


def test_the_same_pose_is_the_same_frame_wherever_it_stands() -> None:
    one, other = jaw(0.5), jaw(0.1, 0.9, 0.5)
    assert moment_fingerprint(Moment(one, 2.0)) == moment_fingerprint(Moment(other, 4.0))
    assert moment_fingerprint(Moment(one, 1.0)) == moment_fingerprint(Moment(other, 1.0))
    different = [moment_fingerprint(Moment(other, float(number)))[0] for number in range(1, 5)]
    assert len({*different}) == 4


@pytest.mark.parametrize("field", ["points", "blendshapes", "head_matrices", "log_ratios", "rest_offsets", "palette"])
def test_all_that_a_frame_shows_counts(field: str) -> None:
    one = jaw(0.5)
    moved = replace(one, **{field: getattr(one, field) + np.asarray(0.25, getattr(one, field).dtype)})
    assert moment_fingerprint(Moment(one, 2.0)) != moment_fingerprint(Moment(moved, 2.0))


def test_between_frames_and_counted_from_a_frame_the_whole_clip_counts() -> None:
    one = jaw(0.5, 0.7)
    assert moment_fingerprint(Moment(one, 2.5)) == (performance_fingerprint(one), 2.5)
    filmed = replace(one, neutral=1)
    assert moment_fingerprint(Moment(filmed, 2.0)) == (performance_fingerprint(filmed), 2.0)
