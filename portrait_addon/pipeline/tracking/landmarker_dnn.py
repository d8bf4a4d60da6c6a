"""Step 1 without MediaPipe: the same networks, run by OpenCV.

This module does what MediaPipe does between its networks: decode the anchors, merge overlapping detections, sample the
rotated square round a face, and map its landmarks back to the picture. The points agree with MediaPipe's to a fraction
of a pixel.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from ..face.mesh import ALL_POINTS
from ..imaging.arrays import Float32Array, Float64Array, UInt8Array
from ..records.face import Face
from .closable import Closable
from .head_pose import HeadPose
from .landmarker import FACES, MINIMUM_CONFIDENCE
from .small_network import SmallNetwork

DETECTOR_SIDE, LANDMARKS_SIDE = 128, 256
"""Side of the networks' square inputs, in pixels."""

OVERLAP = 0.3
"""Intersection over union, 0..1, above which two detections are of the same face."""

GROWTH = 1.5
"""Side of the square in which landmarks are sought, as a multiple of the detection's longer side."""

RIGHT_EYE, LEFT_EYE = slice(4, 6), slice(6, 8)
"""Where x and y of the eyes stand among the values of a detection."""

BLENDSHAPE_POINTS = (
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80,
    81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153,
    154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251,
    263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318,
    321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386,
    387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473, 474, 475, 476, 477,
)  # fmt: skip
"""Rows of the 146 landmarks that are the input of the blendshape network."""


@dataclass(frozen=True)
class Square:
    """A rotated square in a picture.

    Attributes
    ----------
    centre : (2,) float64 array
        x and y in pixels; the origin is the outer corner of the first pixel.
    side : float
        In pixels.
    angle : float
        Radians from the picture's rows, clockwise.
    """

    centre: Float64Array
    side: float
    angle: float

    def corners(self) -> Float32Array:
        """Compute three of the corners.

        Returns
        -------
        (3, 2) float32 array
            Top left, top right and bottom left corner in pixels; the origin is the outer corner of the first pixel.
        """
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        across, down = np.array([cos, sin]) * self.side / 2, np.array([-sin, cos]) * self.side / 2
        return np.array(
            [self.centre - across - down, self.centre + across - down, self.centre - across + down], np.float32
        )


class DnnFaceTracker(Closable):
    """Face detector for single pictures, run by OpenCV; has the interface of `FaceTracker`.

    Parameters
    ----------
    model : bytes
        The Face Landmarker bundle.

    Raises
    ------
    zipfile.BadZipFile, KeyError
        If the model is no bundle, or lacks one of the networks.
    cv2.error, ValueError
        If a network or the canonical face cannot be read.

    References
    ----------
    .. [1] MediaPipe, graphs of the Face Landmarker (Apache-2.0).
    """

    def __init__(self, model: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(model)) as bundle:
            self._detector = _network(bundle.read("face_detector.tflite"))
            self._landmarks = _network(bundle.read("face_landmarks_detector.tflite"))
            self._blendshapes = SmallNetwork(bundle.read("face_blendshapes.tflite"))
            self._pose = HeadPose(bundle.read("geometry_pipeline_metadata_landmarks.binarypb"))

    def detect(self, picture: UInt8Array) -> list[Face]:
        """Detect the faces of a picture.

        Parameters
        ----------
        picture : (h, w, 3) uint8 array
            BGR.

        Returns
        -------
        list of Face
            The largest first; empty if no face is found.
        """
        squares = self._squares(picture)
        faces = [face for square in squares if (face := self._face(picture, square))]
        return sorted(faces, key=lambda face: face.height, reverse=True)

    def _squares(self, picture: UInt8Array) -> list[Square]:
        """Squares round the detected faces, the most confident first."""
        height, width = picture.shape[:2]
        side = float(max(height, width))
        whole = Square(np.array([width / 2, height / 2]), side, 0.0)
        resized = _sample_square(picture, whole, DETECTOR_SIDE, cv2.BORDER_CONSTANT)
        self._detector.setInput(cv2.dnn.blobFromImage(resized, 1 / 127.5, mean=(127.5,) * 3, swapRB=True))
        scores, values = self._detector.forward(["classificators", "regressors"])
        confidence = 1 / (1 + np.exp(-np.clip(scores.reshape(-1), -100, 100).astype(np.float64)))
        good = confidence >= MINIMUM_CONFIDENCE
        detections = values.reshape(-1, 16)[good].astype(np.float64) / DETECTOR_SIDE
        detections[:, :2] += _anchors()[good]
        detections[:, 4:] += np.tile(_anchors()[good], 6)
        corner = np.array([width - side, height - side]) / 2
        merged = _merge_overlapping(detections, confidence[good])
        return [_square_of(detection * side, corner) for detection in merged[:FACES]]

    def _face(self, picture: UInt8Array, square: Square) -> Face | None:
        """Landmarks, blendshapes and pose of the face in a square; None if the square shows no face."""
        crop = _sample_square(picture, square, LANDMARKS_SIDE, cv2.BORDER_REPLICATE)
        self._landmarks.setInput(cv2.dnn.blobFromImage(crop, 1 / 255, swapRB=True))
        values, presence = self._landmarks.forward(["Identity", "Identity_1"])
        if 1 / (1 + np.exp(-float(presence.reshape(-1)[0]))) < MINIMUM_CONFIDENCE:
            return None
        local = values.reshape(ALL_POINTS, 3).astype(np.float64) / LANDMARKS_SIDE
        origin, right, below = square.corners().astype(np.float64)
        xy = origin + local[:, :1] * (right - origin) + local[:, 1:2] * (below - origin)
        height, width = picture.shape[:2]
        # As in MediaPipe: depth is scaled by the length of the square's upper edge, in shares of the picture's sides.
        depth = float(np.hypot(np.cos(square.angle), np.sin(square.angle) * width / height)) * square.side
        points = np.column_stack([xy - 0.5, local[:, 2] * depth]).astype(np.float32)
        expressions = self._blendshapes((xy[list(BLENDSHAPE_POINTS)])[None].astype(np.float32))
        return Face(points, expressions.reshape(-1).astype(np.float32), self._pose.matrix(points, (width, height)))

    def close(self) -> None:
        """Do nothing; OpenCV releases the networks itself."""


def _network(model: bytes) -> cv2.dnn.Net:
    return cv2.dnn.readNetFromTFLite(np.frombuffer(model, np.uint8))


def _sample_square(picture: UInt8Array, square: Square, side: int, border: int) -> UInt8Array:
    """(side, side, 3) the picture in a square; the square's corners lie on pixel centres, as in MediaPipe."""
    target = np.array([[0, 0], [side, 0], [0, side]], np.float32)
    to_square = cv2.getAffineTransform(square.corners(), target)
    return np.asarray(
        cv2.warpAffine(picture, to_square, (side, side), flags=cv2.INTER_LINEAR, borderMode=border), np.uint8
    )


@cache
def _anchors() -> Float64Array:
    """(896, 2) anchor centres of the detector, 0..1: two a cell of a 16 x 16 grid, then six a cell of an 8 x 8 grid."""
    grids = []
    for cells, each in ((16, 2), (8, 6)):
        middle = (np.arange(cells) + 0.5) / cells
        grids.append(np.repeat(np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2), each, axis=0))
    return np.concatenate(grids)


def _merge_overlapping(detections: Float64Array, confidence: Float64Array) -> list[Float64Array]:
    """One detection a face, the most confident first; overlapping detections are averaged by confidence."""
    rest = list(np.argsort(-confidence))
    merged = []
    while rest:
        same = [k for k in rest if _intersection_over_union(detections[rest[0]], detections[k]) > OVERLAP]
        merged.append(np.average(detections[same], axis=0, weights=confidence[same]))
        rest = [k for k in rest if k not in same]
    return merged


def _intersection_over_union(box: Float64Array, other: Float64Array) -> float:
    """Intersection over union, 0..1, of two boxes given by centre and size."""
    low = np.maximum(box[:2] - box[2:4] / 2, other[:2] - other[2:4] / 2)
    high = np.minimum(box[:2] + box[2:4] / 2, other[:2] + other[2:4] / 2)
    common = float(np.prod(np.maximum(high - low, 0)))
    return common / max(float(np.prod(box[2:4]) + np.prod(other[2:4])) - common, 1e-12)


def _square_of(detection: Float64Array, corner: Float64Array) -> Square:
    """Square round a detection, rotated so that the eyes lie on a row."""
    eyes = detection[LEFT_EYE] - detection[RIGHT_EYE]
    return Square(detection[:2] + corner, GROWTH * float(detection[2:4].max()), float(np.arctan2(eyes[1], eyes[0])))
