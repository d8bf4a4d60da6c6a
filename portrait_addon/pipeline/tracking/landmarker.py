"""Step 1: detect the points of faces in a picture, by MediaPipe's Face Landmarker.

Every picture is tracked on its own (MediaPipe's IMAGE mode): the result repeats exactly, does not depend on where a
clip starts, and can be computed in parallel. A zero-phase smoother (see ``clip.smoothing``) removes the remaining
jitter afterwards; it lags less than the tracker's own filter.
"""

from __future__ import annotations

from ctypes import POINTER, byref, c_float, cast, sizeof
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..face.mesh import ALL_POINTS
from ..imaging.arrays import Float32Array, Float64Array
from ..records.face import BLENDSHAPES, Face
from .closable import Closable
from .mediapipe_import import import_mediapipe

MINIMUM_CONFIDENCE = 0.3
"""Least confidence, 0..1, of face detection and of face presence; below MediaPipe's default of 0.5, as paintings and
turned heads score less."""

FACES = 20
"""Largest number of faces that are detected in a picture."""


class FaceTracker(Closable):
    """Face detector for single pictures, run by MediaPipe. Use it as a context manager, or call `close`.

    Parameters
    ----------
    model : bytes
        The Face Landmarker bundle.

    Raises
    ------
    ImportError, OSError, RuntimeError, AttributeError, TypeError, ValueError
        If MediaPipe is missing, damaged or incompatible, or cannot read the bundle.
    """

    def __init__(self, model: bytes) -> None:
        self._mediapipe = mediapipe = import_mediapipe()
        vision = mediapipe.vision
        self._landmarker = vision.FaceLandmarker.create_from_options(
            vision.FaceLandmarkerOptions(
                base_options=mediapipe.BaseOptions(model_asset_buffer=model),
                running_mode=vision.RunningMode.IMAGE,
                num_faces=FACES,
                min_face_detection_confidence=MINIMUM_CONFIDENCE,
                min_face_presence_confidence=MINIMUM_CONFIDENCE,
                output_face_blendshapes=True,
                output_facial_transformation_matrixes=True,
            )
        )

    def detect(self, picture: NDArray[np.uint8]) -> list[Face]:
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
        height, width = picture.shape[:2]
        rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)  # contiguous, as the tracker needs it
        image = self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=rgb)
        # The tracker's origin is the outer corner of the first pixel; ours is the pixel's centre.
        scale, shift = np.array([width, height, width]), np.array([-0.5, -0.5, 0])
        faces = [
            Face(np.asarray(points * scale + shift, np.float32), scores, matrix)
            for points, scores, matrix in self._detected(image)
        ]
        return sorted(faces, key=lambda face: face.height, reverse=True)

    def _detected(self, image: Any) -> list[tuple[Float64Array, Float32Array, Float32Array]]:
        """Points (478, 3) as shares of the picture's size, scores (52,) and matrix (4, 4) of each face.

        The arrays are copied from the C structures that the networks fill. MediaPipe's own `detect` would make an
        object of every point and every score, which takes a fifth of the time, all of it under Python's lock.
        """
        networks, found = self._landmarker, self._mediapipe.FaceLandmarkerResultC()
        networks._lib.MpFaceLandmarkerDetectImage(networks._handle, image._image_ptr, None, byref(found))
        try:
            return [
                (
                    _numbers(found.face_landmarks[face].landmarks, ALL_POINTS)[:, :3].astype(np.float64),
                    _numbers(found.face_blendshapes[face].categories, len(BLENDSHAPES))[:, 1].copy(),
                    np.array(found.facial_transformation_matrixes[face].to_numpy(), np.float32),
                )
                for face in range(found.face_landmarks_count)
            ]
        finally:
            networks._lib.MpFaceLandmarkerCloseResult(byref(found))

    def close(self) -> None:
        """Release the networks."""
        self._landmarker.close()


def _numbers(first: Any, count: int) -> Float32Array:
    """(count, n) a row for each of `count` C structures that lie one after the other: its bytes as numbers.

    A point begins with x, y, z; of a score it is the second number, after its index.
    """
    size = sizeof(first.contents) // sizeof(c_float)
    return np.ctypeslib.as_array(cast(first, POINTER(c_float)), (count, size))
