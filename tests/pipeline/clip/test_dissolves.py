"""Cross-fades are cuts in their middle; moves, flashes, fades and changes of light are none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.media.clips import open_clip
from portrait_addon.pipeline.clip.dissolves import THUMBNAIL, dissolves, thumbnail
from portrait_addon.pipeline.records.performance import Performance


def frames_of(path: Path, size: tuple[int, int]) -> list[NDArray[Any]]:
    return [cv2.resize(frame, size) for _, frame in open_clip(path)]


@pytest.fixture(scope="module")
def clips(assets: Path) -> tuple[list[NDArray[Any]], list[NDArray[Any]]]:
    """Two clips of two people, 72 frames or more, of one size."""
    smile, talk = (frames_of(assets / f"demo_{name}.mp4", (320, 240)) for name in ("smile_mit", "talk_ccby"))
    return smile, talk


def faded(
    one: list[NDArray[Any]], other: list[NDArray[Any]], length: int, before: int = 30, after: int = 30
) -> list[NDArray[Any]]:
    """The frames of one clip, which fades into the other after some frames."""
    shares = np.arange(1, length + 1) / (length + 1)
    mixed = [
        cv2.addWeighted(a, 1 - share, b, share, 0) for share, a, b in zip(shares, one[before:], other, strict=False)
    ]
    return [*one[:before], *mixed, *other[length : length + after]]


def found(frames: list[NDArray[Any]], firsts: tuple[int, ...] = (0,)) -> list[int]:
    return dissolves(np.stack([thumbnail(frame) for frame in frames]), firsts)


@pytest.mark.parametrize("length", [5, 8, 12, 20, 30])
@pytest.mark.parametrize("order", [1, -1])
def test_a_cross_fade_is_a_cut_in_its_middle(
    clips: tuple[list[NDArray[Any]], list[NDArray[Any]]], length: int, order: int
) -> None:
    one, other = clips[::order]
    (row,) = found(faded(one, other, length))
    assert row == pytest.approx(30 + length / 2, abs=2 + length / 6)


def test_two_of_them_are_two(clips: tuple[list[NDArray[Any]], list[NDArray[Any]]]) -> None:
    one, other = clips
    twice = [*faded(one, other, 10), *faded(other[40:], one, 10, before=20)[:60]]
    assert found(twice, (0, 70))[0] == pytest.approx(35, abs=3)
    assert len(found(twice, (0, 70))) == 2


def test_a_clip_of_one_shot_has_none(clips: tuple[list[NDArray[Any]], list[NDArray[Any]]]) -> None:
    for frames in clips:
        assert found(frames) == []


def test_a_cut_is_none(clips: tuple[list[NDArray[Any]], list[NDArray[Any]]]) -> None:
    one, other = clips
    assert found([*one[:30], *other[:30]]) == []
    assert found([*one[:30], *other[:30]], (0, 30)) == []


def test_a_fade_to_black_and_from_it_is_none(clips: tuple[list[NDArray[Any]], list[NDArray[Any]]]) -> None:
    one, other = clips
    light = np.concatenate([np.linspace(1, 0, 12), np.linspace(0, 1, 12)])
    dipped = [(frame * share).astype(np.uint8) for frame, share in zip([*one[30:42], *other[:12]], light, strict=True)]
    assert found([*one[:30], *dipped, *other[12:40]]) == []


def test_a_lamp_that_is_turned_up_is_none(clips: tuple[list[NDArray[Any]], list[NDArray[Any]]]) -> None:
    one, _ = clips
    light = np.concatenate([np.full(20, 0.4), np.linspace(0.4, 1, 20), np.ones(20)])
    assert found([(frame * share).astype(np.uint8) for frame, share in zip(one, light, strict=False)]) == []


@pytest.mark.parametrize("speed", [1, 4, 8])
def test_a_camera_that_pans_is_none(clips: tuple[list[NDArray[Any]], list[NDArray[Any]]], speed: int) -> None:
    wide = np.hstack([clips[0][0], clips[1][0], clips[0][-1]])
    assert found([wide[:, x : x + 320] for x in range(0, 640, speed)]) == []


def test_a_short_clip_has_none(clips: tuple[list[NDArray[Any]], list[NDArray[Any]]]) -> None:
    assert found(clips[0][:3]) == []


def test_the_shots_are_followed_apart(
    clips: tuple[list[NDArray[Any]], list[NDArray[Any]]], record: Callable[..., Performance]
) -> None:
    whole = record(faded(*clips, 6, before=16, after=14))
    assert whole.cuts == [pytest.approx(20, abs=3)]
    assert len(whole.neutrals) == 2
    assert whole.strangers.tolist() == [True]


def noise(seed: int) -> NDArray[Any]:
    """A thumbnail of mean 0 and deviation 1."""
    values = np.random.default_rng(seed).normal(0, 1, THUMBNAIL)
    return (values - values.mean()) / values.std()


def fade_of_thumbnails(before: NDArray[Any], after: NDArray[Any], aside: NDArray[Any] | float = 0.0) -> bool:
    """Whether a fade of five frames between two pictures is found; these five are aside of both."""
    shares = np.clip((np.arange(60) - 24) / 6, 0, 1)[:, None, None]
    frames = before + shares * (after - before) + ((shares > 0) & (shares < 1)) * aside
    return bool(dissolves(np.clip(np.rint(frames), 0, 255).astype(np.uint8), (0,)))


@pytest.mark.parametrize(("alike", "fades"), [(0.6, True), (0.72, True), (0.88, False)])
def test_a_picture_does_not_fade_into_what_shows_the_same(alike: float, fades: bool) -> None:
    one = noise(0)
    other = alike * one + np.sqrt(1 - alike**2) * noise(1)
    assert fade_of_thumbnails(128 + 30 * one, 128 + 30 * other) == fades


@pytest.mark.parametrize(("apart", "fades"), [(10, False), (14.5, True)])
def test_pictures_that_fade_differ_by_more_than_noise(apart: float, fades: bool) -> None:
    """In levels, root mean square."""
    assert fade_of_thumbnails(128 + apart / 2**0.5 * noise(0), 128 + apart / 2**0.5 * noise(1)) == fades


@pytest.mark.parametrize(("misfit", "fades"), [(0.15, True), (0.26, False)])
def test_a_frame_that_shows_a_third_thing_is_no_mix(misfit: float, fades: bool) -> None:
    """As a share of how far the two pictures are apart."""
    aside = misfit * 30 * 2**0.5 * noise(2)
    assert fade_of_thumbnails(128 + 30 * noise(0), 128 + 30 * noise(1), aside) == fades


@pytest.mark.parametrize(("darker", "fades"), [(3.2, True), (5.2, False)])
def test_a_mix_is_no_darker_than_what_it_mixes(darker: float, fades: bool) -> None:
    """In levels; what is darker fades to black and from it."""
    assert fade_of_thumbnails(128 + 30 * noise(0), 128 + 30 * noise(1), -darker) == fades
