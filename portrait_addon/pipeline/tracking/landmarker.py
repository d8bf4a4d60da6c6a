"""Step 1: find the face's points in a picture, by MediaPipe's Face Landmarker.

Every picture is tracked by itself (MediaPipe's IMAGE mode): the result repeats exactly, does not depend on where a
clip starts, and can be computed in parallel. The jitter that this leaves is taken out afterwards by a zero-phase
smoother (see ``smoothing``), which lags less than the tracker's own filter.
"""

from __future__ import annotations

from types import TracebackType

import cv2
import numpy as np
from numpy.typing import NDArray

from ..records.face import Face
from .mediapipe_import import import_mediapipe

MINIMUM_CONFIDENCE = 0.3
"""Of detection and of presence. Lower than MediaPipe's 0.5: paintings and turned heads score less."""

FACES = 4
"""So many faces are looked for; the largest is taken."""


class FaceTracker:
    """Finds faces in single pictures. Use as a context manager, or call `close`.

    Parameters
    ----------
    model : bytes
        The Face Landmarker bundle.
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
        """Faces of a BGR picture of shape (h, w, 3), the largest first; an empty list if there is none."""
        height, width = picture.shape[:2]
        rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)  # contiguous, as the tracker needs it
        image = self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=rgb)
        found = self._landmarker.detect(image)
        faces = [
            Face(
                # The tracker's coordinates run from the outer corner of the first pixel.
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

    def __enter__(self) -> FaceTracker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
