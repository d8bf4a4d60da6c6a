from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.clip import frame_source


class Clip:
    """Five frames; counts how often it is read."""

    def __init__(self) -> None:
        self.read = 0

    def __iter__(self) -> Iterator[tuple[float, NDArray[Any]]]:
        self.read += 1
        for row in range(5):
            yield row / 25, np.full((4, 4, 3), row, np.uint8)


@pytest.mark.parametrize(
    ("limit", "value", "read"), [("KEPT_FRAMES", 5, 1), ("KEPT_FRAMES", 4, 2), ("KEPT_BYTES", 100, 2)]
)
def test_only_a_short_clip_is_kept_for_its_second_reading(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int, read: int
) -> None:
    monkeypatch.setattr(frame_source, limit, value)
    clip = Clip()
    twice = frame_source.Reread(clip)
    for _ in range(2):
        assert [int(frame[0, 0, 0]) for _, frame in twice] == [0, 1, 2, 3, 4]
    assert clip.read == read
