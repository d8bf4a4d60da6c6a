"""Frames and performances are what they were when METHOD_VERSION was last raised."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.records.performance import METHOD_VERSION
from tests.pipeline import golden

CHANGED = "{}: differs from the golden frame. Raise METHOD_VERSION and run `make golden`, or undo the change."


@pytest.fixture(scope="module")
def stored() -> dict[str, NDArray[Any]]:
    with np.load(golden.FRAMES) as frames:
        return dict(frames)


def in_levels(values: NDArray[Any]) -> NDArray[Any]:
    """As numbers of which 255 is white; what has no white in its own units."""
    scale = {np.dtype(np.uint8): 1, np.dtype(np.uint16): 1 / 257}.get(values.dtype, 255)
    return values.astype(np.float64) * scale


@pytest.mark.parametrize("case", golden.CASES)
def test_frames_are_golden_to_the_bit(case: str) -> None:
    hashes = golden.stored_hashes()["environments"].get(golden.environment())
    if hashes is None:
        pytest.skip(f"no hashes of {golden.environment()}; the frames themselves are compared")
    for name, values in golden.made(case).items():
        assert golden.digest(values) == hashes[name], CHANGED.format(name)


@pytest.mark.parametrize("case", golden.CASES)
def test_frames_are_golden_within_rounding(case: str, stored: dict[str, NDArray[Any]]) -> None:
    for name, values in golden.made(case).items():
        before = stored[name]
        assert (values.dtype, values.shape) == (before.dtype, before.shape), CHANGED.format(name)
        if values.size and (not name.startswith("performance_") or name.endswith("mouth_pixels")):
            apart = np.abs(in_levels(values) - in_levels(before))
            assert apart.max() <= 2, CHANGED.format(name)
            assert apart.mean() <= 0.05, CHANGED.format(name)
        elif values.size:
            assert np.allclose(values.astype(np.float64), before.astype(np.float64), rtol=1e-3, atol=2e-2), name


def test_golden_frames_belong_to_this_version(stored: dict[str, NDArray[Any]]) -> None:
    assert golden.stored_hashes()["method"] == METHOD_VERSION, "METHOD_VERSION was raised: run `make golden`."
    assert set(golden.golden_frames()) == set(stored), "Other frames than those stored: run `make golden`."
