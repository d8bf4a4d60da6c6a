"""Matte of the person in a picture, by MediaPipe's network run in OpenCV."""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.arrays import Float32Array, UInt8Array
from .closable import Closable

SIDE = 256
"""Side of the network's square input, in pixels."""


class DnnPersonSegmenter(Closable):
    """Separation of the person from the background, run by OpenCV; has the interface of `PersonSegmenter`.

    Parameters
    ----------
    model : bytes
        The selfie segmentation network, a TFLite file.

    Raises
    ------
    cv2.error
        If OpenCV cannot read the network.
    """

    def __init__(self, model: bytes) -> None:
        self._network = cv2.dnn.readNetFromTFLite(np.frombuffer(model, np.uint8))

    def matte(self, picture: UInt8Array) -> Float32Array:
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
        resized = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
        self._network.setInput(cv2.dnn.blobFromImage(resized, 1 / 255, swapRB=True))
        confidence = np.asarray(self._network.forward(), np.float32).reshape(SIDE, SIDE)
        height, width = picture.shape[:2]
        return np.asarray(cv2.resize(confidence, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)

    def close(self) -> None:
        """Do nothing; OpenCV releases the network itself."""
