"""Step 1: detect the points of faces in a picture, by MediaPipe's Face Landmarker.

Every picture is tracked on its own (MediaPipe's IMAGE mode): the result repeats exactly, does not depend on where a
clip starts, and can be computed in parallel. A zero-phase smoother (see ``clip.smoothing``) removes the remaining
jitter afterwards; it lags less than the tracker's own filter.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..records.face import Face
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
        found = self._landmarker.detect(image)
        faces = [
            Face(
                # The tracker's origin is the outer corner of the first pixel; ours is the pixel's centre.
                np.array([(p.x * width - 0.5, p.y * height - 0.5, p.z * width) for p in points], np.float32),
                np.array([shape.score for shape in shapes], np.float32),
                np.array(matrix, np.float32),
            )
            for points, shapes, matrix in zip(
                found.face_landmarks, found.face_blendshapes, found.facial_transformation_matrixes, strict=True
            )
        ]
        return sorted(faces, key=lambda face: face.height, reverse=True)

    def close(self) -> None:
        """Release the networks."""
        self._landmarker.close()
