"""What happens between the networks."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.models import load_model
from portrait_addon.pipeline.tracking import landmarker_dnn
from portrait_addon.pipeline.tracking.landmarker_dnn import DnnFaceTracker, Square, _merge_overlapping

PICTURE = np.full((256, 256, 3), 128, np.uint8)


@pytest.fixture(scope="module")
def tracker() -> DnnFaceTracker:
    return DnnFaceTracker(load_model("face_landmarker.task"))


class Answers:
    """A network that gives what it is told."""

    def __init__(self, *outputs: NDArray[Any]) -> None:
        self.outputs = outputs

    def setInput(self, blob: NDArray[Any]) -> None:  # noqa: N802 - OpenCV's name
        pass

    def forward(self, names: list[str]) -> tuple[NDArray[Any], ...]:
        return self.outputs


def logit(share: float) -> float:
    return float(np.log(share / (1 - share)))


def detections(tracker: DnnFaceTracker, monkeypatch: pytest.MonkeyPatch, confidences: list[float]) -> list[Square]:
    """Squares of faces of a given confidence, far from each other."""
    scores, values = np.full(896, -100.0), np.zeros((896, 16))
    for place, confidence in enumerate(confidences):
        row = 4 * 16 * 2 * (place // 4) + 8 * (place % 4) + 2 * 16
        scores[row], values[row, 2:4] = logit(confidence), 10
        values[row, 6] = 4  # the left eye lies right of the right one
    monkeypatch.setattr(tracker, "_detector", Answers(scores, values))
    return tracker._squares(PICTURE)


@pytest.mark.parametrize(("confidence", "found"), [(0.25, 0), (0.35, 1)])
def test_a_face_may_be_rather_unsure(
    tracker: DnnFaceTracker, monkeypatch: pytest.MonkeyPatch, confidence: float, found: int
) -> None:
    assert len(detections(tracker, monkeypatch, [confidence])) == found


def test_of_a_crowd_the_surest_faces_are_found(tracker: DnnFaceTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landmarker_dnn, "FACES", 4)
    confidences = [0.5, 0.9, 0.6, 0.8, 0.7, 0.95, 0.55]
    assert len(detections(tracker, monkeypatch, confidences)) == 4
    assert len(detections(tracker, monkeypatch, confidences[:3])) == 3


@pytest.mark.parametrize(("shift", "faces"), [(0.48, 1), (0.6, 2)])
def test_boxes_that_overlap_by_a_third_are_one_face(shift: float, faces: int) -> None:
    """Shares in common of .35 and .25."""
    boxes = np.zeros((2, 16))
    boxes[:, 2:4] = 1
    boxes[1, 0] = shift
    assert len(_merge_overlapping(boxes, np.array([0.9, 0.8]))) == faces
