from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.models import load_model
from portrait_addon.pipeline.clip.recording import track_clip
from portrait_addon.pipeline.face.mesh import FACE_OVAL
from portrait_addon.pipeline.portrait.analysis import analyse_portrait
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from tests.remembered import RememberedSegmenter, RememberedTracker


@pytest.fixture(scope="session")
def tracker() -> Iterator[RememberedTracker]:
    with RememberedTracker(load_model("face_landmarker.task")) as tracker:
        yield tracker


@pytest.fixture(scope="session")
def segmenter() -> Iterator[RememberedSegmenter]:
    with RememberedSegmenter(load_model("selfie_segmentation.tflite")) as segmenter:
        yield segmenter


@pytest.fixture(scope="session")
def record(tracker: RememberedTracker, segmenter: RememberedSegmenter) -> Callable[..., Performance]:
    """Track a list of frames."""

    def run(frames: list[NDArray[Any]], rate: int = 25, **options: int) -> Performance:
        clip = [(row / rate, frame) for row, frame in enumerate(frames)]
        recording = track_clip(clip, tracker, segmenter, **options)
        try:
            while True:
                next(recording)
        except StopIteration as end:
            tracked: Performance = end.value
            return tracked

    return run


@pytest.fixture(scope="session")
def film(assets: Path) -> list[NDArray[Any]]:
    """25 frames of somebody who ends a sentence with a blink and comes to rest."""
    capture = cv2.VideoCapture(str(assets / "demo_talk_ccby.mp4"))
    frames = [capture.read()[1] for _ in range(62)]
    capture.release()
    return frames[37:]


@pytest.fixture(scope="session")
def performance(film: list[NDArray[Any]], record: Callable[..., Performance]) -> Performance:
    return record(film)


@pytest.fixture(scope="session")
def photograph(assets: Path) -> NDArray[Any]:
    """A grey photograph, 256 pixels wide."""
    whole = cv2.imread(str(assets / "ford_1888.jpg"))
    return cv2.resize(whole, (256, 343), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="session")
def painting(assets: Path) -> NDArray[Any]:
    """A painting in colour, at its full size: its closed lips are crossed by the tracker."""
    return cv2.imread(str(assets / "mona_lisa.jpg"))


@pytest.fixture(scope="session")
def portrait(photograph: NDArray[Any], tracker: RememberedTracker) -> Portrait:
    return analyse_portrait(photograph, tracker)


@pytest.fixture(scope="session")
def face(portrait: Portrait) -> NDArray[Any]:
    """(478, 3) points of a real face, not to be written to."""
    points = portrait.points.astype(np.float64)
    points.setflags(write=False)
    return points


@pytest.fixture(scope="session")
def inside_face(portrait: Portrait) -> NDArray[Any]:
    """(h, w) bool: within the outline of the portrait's face."""
    mask = np.zeros(portrait.picture.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(portrait.points[list(FACE_OVAL), :2]).astype(np.int32)], (1,))
    return mask > 0
