"""Matte of the person in a picture, hair and shoulders included, by MediaPipe's selfie segmentation."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .closable import Closable
from .mediapipe_import import import_mediapipe


class PersonSegmenter(Closable):
    """Separation of the person from the background, run by MediaPipe. Use it as a context manager, or call `close`.

    Parameters
    ----------
    model : bytes
        The selfie segmentation network, a TFLite file.

    Raises
    ------
    ImportError, OSError, RuntimeError, AttributeError, TypeError, ValueError
        If MediaPipe is missing, damaged or incompatible, or cannot read the network.
    """

    def __init__(self, model: bytes) -> None:
        self._mediapipe = mediapipe = import_mediapipe()
        vision = mediapipe.vision
        self._segmenter = vision.ImageSegmenter.create_from_options(
            vision.ImageSegmenterOptions(
                base_options=mediapipe.BaseOptions(model_asset_buffer=model),
                running_mode=vision.RunningMode.IMAGE,
                output_confidence_masks=True,
                output_category_mask=False,
            )
        )

    def matte(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Estimate the matte of the person.

        Parameters
        ----------
        picture : (h, w, 3) uint8 array
            BGR.

        Returns
        -------
        (h, w) float32 array
            Confidence, 0..1, that a pixel belongs to the person.
        """
        rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        image = self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=rgb)
        result = self._segmenter.segment(image)  # keeps the memory alive that is read below
        return np.array(result.confidence_masks[0].numpy_view(), np.float32).reshape(rgb.shape[:2])

    def close(self) -> None:
        """Release the network."""
        self._segmenter.close()
