"""Arrays at the door of the method: converted, or refused in one line; never turned white."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import DTypeLike, NDArray

from portrait_addon.pipeline.imaging.arrays import as_frame, as_image
from portrait_addon.pipeline.portrait.analysis import analyse_portrait, find_faces
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.tracking.landmarker import FaceTracker


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [3, 4])
def test_pictures_pass_as_they_are(kind: DTypeLike, channels: int) -> None:
    picture = np.ones((4, 5, channels), kind)
    assert as_image(picture) is picture


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 1)])
def test_grey_becomes_three_channels(shape: tuple[int, ...]) -> None:
    picture = np.arange(20, dtype=np.uint8).reshape(shape)
    found = as_image(picture)
    assert found.shape == (4, 5, 3)
    assert all(np.array_equal(found[..., channel].ravel(), picture.ravel()) for channel in range(3))


def test_doubles_of_0_to_1_become_floats() -> None:
    found = as_image(np.full((4, 5, 3), 0.25))
    assert found.dtype == np.float32
    assert (found == 0.25).all()


def test_highlights_above_white_stay() -> None:
    picture = np.full((4, 5, 3), 0.4, np.float32)
    picture[0, 0] = 900
    assert as_image(picture) is picture


def test_a_bright_picture_of_floats_is_still_one_of_0_to_1() -> None:
    """Three times as bright as white all over, as a sky may be; five times is no picture of floats."""
    assert as_image(np.full((4, 5, 3), 3.2, np.float32)).max() > 3
    with pytest.raises(ValueError, match="divide it by 255"):
        as_image(np.full((4, 5, 3), 5.0, np.float32))


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (np.zeros((0, 5, 3), np.uint8), r"is not empty, not \(0, 5, 3\)"),
        (np.zeros((4, 5, 2), np.uint8), r"has the shape .* not \(4, 5, 2\)"),
        (np.zeros((2, 4, 5, 3), np.uint8), r"not \(2, 4, 5, 3\)"),
        (np.full((4, 5, 3), 128, np.int32), "uint8, uint16 or float, not int32: convert it first"),
        (np.ones((4, 5, 3), np.bool_), "not bool"),
        (np.full((4, 5, 3), 128.0), "divide it by 255, or convert it to uint8"),
        (np.full((4, 5, 3), np.nan, np.float32), "values that are not numbers"),
    ],
)
def test_other_arrays_are_refused_in_one_line(picture: NDArray[Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as refusal:
        as_image(picture)
    assert "\n" not in str(refusal.value)


def test_frames_of_a_clip_are_bytes() -> None:
    assert as_frame(np.zeros((4, 5), np.uint8)).shape == (4, 5, 3)
    with pytest.raises(ValueError, match=r"grey or BGR in uint8, not float32 of shape \(4, 5, 3\)"):
        as_frame(np.zeros((4, 5, 3)))


def test_a_grey_portrait_is_analysed_and_composed(
    photograph: NDArray[Any], tracker: FaceTracker, portrait: Portrait
) -> None:
    grey = np.ascontiguousarray(photograph[..., 0])
    found = analyse_portrait(grey, tracker)
    np.testing.assert_allclose(found.points, portrait.points, atol=1.0)
    assert found.picture.shape == (*grey.shape, 3)


@pytest.mark.parametrize("kind", [np.int32, np.float64])
def test_wrong_kinds_are_refused_at_the_door(kind: DTypeLike, photograph: NDArray[Any], tracker: FaceTracker) -> None:
    with pytest.raises(ValueError, match="a picture"):
        find_faces(photograph.astype(kind), tracker)
    with pytest.raises(ValueError, match="a picture"):
        analyse_portrait(photograph.astype(kind), tracker)
