"""Step 1 without MediaPipe: the same networks, run by OpenCV.

What MediaPipe does between its networks is done here: anchors and their decoding, overlapping detections, the turned
square in which the points are looked for, and the way back. So the points agree with MediaPipe's to a fraction of a
pixel.

Source: the graphs of MediaPipe's Face Landmarker (Apache-2.0); the networks are those of its bundle.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from functools import cache
from types import TracebackType

import cv2
import numpy as np

from ..face.mesh import ALL_POINTS
from ..imaging.arrays import Float32Array, Float64Array, UInt8Array
from ..records.face import Face
from .head_pose import HeadPose
from .landmarker import FACES, MINIMUM_CONFIDENCE
from .small_network import SmallNetwork

DETECTOR_SIDE, LANDMARKS_SIDE = 128, 256
"""Pixels that the networks see."""

OVERLAP = 0.3
"""Detections that share more than this are of one face."""

GROWTH = 1.5
"""The square in which the points are looked for is so much larger than the detection."""

RIGHT_EYE, LEFT_EYE = slice(4, 6), slice(6, 8)
"""The detector's two eyes among the values of a detection."""

BLENDSHAPE_POINTS = (
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80,
    81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153,
    154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251,
    263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318,
    321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386,
    387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473, 474, 475, 476, 477,
)  # fmt: skip
"""The points that the blendshape network is given."""


@dataclass(frozen=True)
class Square:
    """A turned square in a picture: centre, side in pixels, and angle from the picture's rows in radians."""

    centre: Float64Array
    side: float
    angle: float

    def corners(self) -> Float32Array:
        """(3, 2) top left, top right and bottom left corner, in positions that count from a pixel's corner."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        across, down = np.array([cos, sin]) * self.side / 2, np.array([-sin, cos]) * self.side / 2
        return np.array(
            [self.centre - across - down, self.centre + across - down, self.centre - across + down], np.float32
        )


class DnnFaceTracker:
    """Finds faces in single pictures, as `FaceTracker` does. Use as a context manager, or call `close`.

    Parameters
    ----------
    model : bytes
        The Face Landmarker bundle.
    """

    def __init__(self, model: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(model)) as bundle:
            self._detector = _network(bundle.read("face_detector.tflite"))
            self._landmarks = _network(bundle.read("face_landmarks_detector.tflite"))
            self._blendshapes = SmallNetwork(bundle.read("face_blendshapes.tflite"))
            self._pose = HeadPose(bundle.read("geometry_pipeline_metadata_landmarks.binarypb"))

    def detect(self, picture: UInt8Array) -> list[Face]:
        """Faces of a BGR picture of shape (h, w, 3), the largest first; an empty list if there is none."""
        squares = self._squares(picture)
        faces = [face for square in squares if (face := self._face(picture, square))]
        return sorted(faces, key=lambda face: face.height, reverse=True)

    def _squares(self, picture: UInt8Array) -> list[Square]:
        height, width = picture.shape[:2]
        side = float(max(height, width))
        whole = Square(np.array([width / 2, height / 2]), side, 0.0)
        seen = _look(picture, whole, DETECTOR_SIDE, cv2.BORDER_CONSTANT)
        self._detector.setInput(cv2.dnn.blobFromImage(seen, 1 / 127.5, mean=(127.5,) * 3, swapRB=True))
        scores, values = self._detector.forward(["classificators", "regressors"])
        confidence = 1 / (1 + np.exp(-np.clip(scores.reshape(-1), -100, 100).astype(np.float64)))
        good = confidence >= MINIMUM_CONFIDENCE
        found = values.reshape(-1, 16)[good].astype(np.float64) / DETECTOR_SIDE
        found[:, :2] += _anchors()[good]
        found[:, 4:] += np.tile(_anchors()[good], 6)
        corner = np.array([width - side, height - side]) / 2
        return [_square_of(one * side, corner) for one in _distinct(found, confidence[good])[:FACES]]

    def _face(self, picture: UInt8Array, square: Square) -> Face | None:
        seen = _look(picture, square, LANDMARKS_SIDE, cv2.BORDER_REPLICATE)
        self._landmarks.setInput(cv2.dnn.blobFromImage(seen, 1 / 255, swapRB=True))
        values, presence = self._landmarks.forward(["Identity", "Identity_1"])
        if 1 / (1 + np.exp(-float(presence.reshape(-1)[0]))) < MINIMUM_CONFIDENCE:
            return None
        local = values.reshape(ALL_POINTS, 3).astype(np.float64) / LANDMARKS_SIDE
        origin, right, below = square.corners().astype(np.float64)
        flat = origin + local[:, :1] * (right - origin) + local[:, 1:2] * (below - origin)
        height, width = picture.shape[:2]
        # As MediaPipe has it: depth is measured along the square's upper edge in shares of the picture's sides.
        depth = float(np.hypot(np.cos(square.angle), np.sin(square.angle) * width / height)) * square.side
        points = np.column_stack([flat - 0.5, local[:, 2] * depth]).astype(np.float32)
        expressions = self._blendshapes((flat[list(BLENDSHAPE_POINTS)])[None].astype(np.float32))
        return Face(points, expressions.reshape(-1).astype(np.float32), self._pose.matrix(points, (width, height)))

    def close(self) -> None:
        """There is nothing to release; for the sake of `FaceTracker`'s interface."""

    def __enter__(self) -> DnnFaceTracker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _network(model: bytes) -> cv2.dnn.Net:
    return cv2.dnn.readNetFromTFLite(np.frombuffer(model, np.uint8))


def _look(picture: UInt8Array, square: Square, side: int, border: int) -> UInt8Array:
    """What a square of the picture shows, at the size that a network sees; corners on pixel centres, as MediaPipe."""
    target = np.array([[0, 0], [side, 0], [0, side]], np.float32)
    to_square = cv2.getAffineTransform(square.corners(), target)
    return np.asarray(
        cv2.warpAffine(picture, to_square, (side, side), flags=cv2.INTER_LINEAR, borderMode=border), np.uint8
    )


@cache
def _anchors() -> Float64Array:
    """(896, 2) centres that the detector counts from: two to each cell of 16 x 16, then six to each of 8 x 8."""
    grids = []
    for cells, each in ((16, 2), (8, 6)):
        middle = (np.arange(cells) + 0.5) / cells
        grids.append(np.repeat(np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2), each, axis=0))
    return np.concatenate(grids)


def _distinct(found: Float64Array, confidence: Float64Array) -> list[Float64Array]:
    """One detection a face, the surest first: overlapping ones are averaged by their confidence."""
    rest = list(np.argsort(-confidence))
    faces = []
    while rest:
        same = [k for k in rest if _shared(found[rest[0]], found[k]) > OVERLAP]
        faces.append(np.average(found[same], axis=0, weights=confidence[same]))
        rest = [k for k in rest if k not in same]
    return faces


def _shared(box: Float64Array, other: Float64Array) -> float:
    """Intersection over union of two boxes given by centre and size."""
    low = np.maximum(box[:2] - box[2:4] / 2, other[:2] - other[2:4] / 2)
    high = np.minimum(box[:2] + box[2:4] / 2, other[:2] + other[2:4] / 2)
    common = float(np.prod(np.maximum(high - low, 0)))
    return common / max(float(np.prod(box[2:4]) + np.prod(other[2:4])) - common, 1e-12)


def _square_of(detection: Float64Array, corner: Float64Array) -> Square:
    eyes = detection[LEFT_EYE] - detection[RIGHT_EYE]
    return Square(detection[:2] + corner, GROWTH * float(detection[2:4].max()), float(np.arctan2(eyes[1], eyes[0])))
