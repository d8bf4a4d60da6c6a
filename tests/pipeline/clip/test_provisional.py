"""A frame shown while its clip is tracked: a whole performance of two frames, and points that move."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from portrait_addon.media.clips import open_clip
from portrait_addon.pipeline.clip.provisional import provisional_performance
from portrait_addon.pipeline.frame.compositor import Compositor
from portrait_addon.pipeline.portrait.analysis import analyse_portrait
from portrait_addon.pipeline.portrait.prepared import PreparedPortrait
from portrait_addon.pipeline.records.moment import Moment
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.settings import Settings


@pytest.fixture(scope="module")
def portrait(assets: Any, tracker: Any) -> Any:
    picture = cv2.resize(cv2.imread(str(assets / "ford_1888.jpg")), (240, 320), interpolation=cv2.INTER_AREA)
    return analyse_portrait(picture, tracker)


@pytest.fixture(scope="module")
def performance(assets: Any, tracker: Any, portrait: Any) -> Performance:
    frames = [cv2.resize(frame, (480, 270)) for _, frame in open_clip(assets / "demo_smile_mit.mp4")]
    rest, smile = (tracker.detect(frames[row])[0] for row in (0, 30))
    return provisional_performance(rest, smile, (480, 270), portrait.palette)


def test_it_is_a_performance_like_any_other(performance: Performance) -> None:
    again = Performance.from_arrays(performance.to_arrays())
    assert (again.frame_count, again.neutral, again.has_mouth) == (2, 1, False)


def test_the_rest_stays_and_the_frame_moves(performance: Performance, portrait: Any) -> None:
    compositor, settings = Compositor(PreparedPortrait(portrait)), Settings()
    rest, smile = (
        compositor.frame([Moment(performance, time, 1.0)], settings).picture.astype(int) for time in (1.0, 2.0)
    )
    assert np.abs(rest - portrait.picture).mean() < 1
    assert np.abs(smile - portrait.picture).mean() > 2
