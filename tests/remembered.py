"""Networks that are asked once for each picture of a run: what they find depends on nothing else."""

import hashlib
import threading
from collections.abc import Callable
from copy import deepcopy
from typing import Any, ClassVar

import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.records.face import Face
from portrait_addon.pipeline.tracking import networks
from portrait_addon.pipeline.tracking.closable import Closable
from portrait_addon.pipeline.tracking.landmarker import FaceTracker
from portrait_addon.pipeline.tracking.matte import PersonSegmenter

OPENING = threading.Lock()
"""The library is imported with the first network, which the product never does in two threads at once."""


class Remembered(Closable):
    """Opens the network of a model when it is asked for a picture that is new."""

    network: Callable[[bytes], Any]
    answers: ClassVar[dict[tuple[str, tuple[int, ...], bytes], Any]] = {}

    def __init__(self, model: bytes) -> None:
        self._model, self._opened = model, None

    def _answer(self, method: str, picture: NDArray[Any]) -> Any:
        key = method, picture.shape, hashlib.sha256(picture.tobytes()).digest()
        if key not in self.answers:
            if self._opened is None:
                with OPENING:
                    self._opened = type(self).network(self._model)
            self.answers[key] = getattr(self._opened, method)(picture)
        return deepcopy(self.answers[key])

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()


class RememberedTracker(Remembered):
    network = FaceTracker

    def detect(self, picture: NDArray[Any]) -> list[Face]:
        return self._answer("detect", picture)


class RememberedSegmenter(Remembered):
    network = PersonSegmenter

    def matte(self, picture: NDArray[Any]) -> NDArray[Any]:
        return self._answer("matte", picture)


@pytest.fixture(scope="module")
def remembered_networks() -> Any:
    """For tests of what is done with faces that were found."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(networks, "FaceTracker", RememberedTracker)
        patch.setattr(networks, "PersonSegmenter", RememberedSegmenter)
        yield
