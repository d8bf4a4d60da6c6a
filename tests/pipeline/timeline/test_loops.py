"""Where the seam of a loop shows least."""

from dataclasses import replace

import numpy as np
import pytest

from portrait_addon.pipeline.face.mesh import outer_eye_distance
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.timeline.loops import find_loop


@pytest.mark.parametrize(("scores", "end"), [(0.17, 31), (0.24, 21)])
def test_points_and_scores_that_differ_are_weighed(performance: Performance, scores: float, end: int) -> None:
    """All points off by a tenth of the eyes' distance, or all scores off by something like .2."""
    count = 40
    unit = np.float32(outer_eye_distance(performance.neutral_points))
    away = np.arange(count, dtype=np.float32)[:, None, None] * np.float32([unit, 0, 0])
    points = performance.neutral_points + away
    blendshapes = np.repeat(performance.blendshapes[:1], count, axis=0)
    points[20] = points[0] + np.float32([0.1 * unit, 0, 0])
    points[30] = points[0]
    blendshapes[30] += np.float32(scores)
    found, times = np.ones(count, bool), np.arange(count) / 25
    clip = replace(performance, times=times, points=points, blendshapes=blendshapes, found=found)
    assert find_loop(clip, seam=1, shortest=15) == (1, end)
