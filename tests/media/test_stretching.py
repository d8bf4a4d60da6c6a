"""Sound at another speed: in step with its picture, of the same pitch, and silent where none is to be had."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.media.stretching import HOP, Passage, open_mix
from tests.films import write_video

RATE, FPS = 8000, 25
CLICKS = (0.5, 1.3, 2.1, 2.9)
CLICK = 0.02
"""How long a click is, in seconds; its middle is at the moment above."""

PITCH = 200.0


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Four seconds of a tone that clicks."""
    tone = 0.1 * np.sin(2 * np.pi * PITCH * np.arange(4 * RATE) / RATE)
    for click in CLICKS:
        tone[round((click - CLICK / 2) * RATE) :][: round(CLICK * RATE)] = 0.9
    pictures = [np.full((32, 32, 3), 40 + number, np.uint8) for number in range(100)]
    path = tmp_path_factory.mktemp("sound") / "clicks.mov"
    return write_video(path, pictures, samples=(0, (tone * 32767).astype(np.int16)), sound="pcm_s16le")


def passage(path: Path, heard: NDArray[Any], begin: float = 0.0, gain: float = 1.0) -> Any:
    heard = np.asarray(heard, np.float64)
    return Passage(path, begin, 1 / FPS, heard, np.full(len(heard), gain))


def mixed(*passages: Passage) -> Any:
    """The sound, and its rate."""
    with ExitStack() as left:
        mix = open_mix(passages, left)
        return np.concatenate(list(mix.blocks))[:, 0], mix.rate


def click_near(sound: NDArray[Any], rate: int, seconds: float) -> Any:
    """Middle of the click that is heard within a tenth of a second, in seconds."""
    first = round((seconds - 0.1) * rate)
    near = np.abs(sound[first : first + round(0.2 * rate)])
    assert near.max() > 0.3, "no click is heard"
    return (first + np.flatnonzero(near > near.max() / 2).mean()) / rate


@pytest.mark.parametrize("speed", [0.5, 0.8, 0.96, 1.0, 1.04, 1.5])
@pytest.mark.parametrize("way", [1, -1])
def test_clicks_are_heard_when_their_picture_is_shown(clip: Any, speed: float, way: int) -> None:
    begin = 0.2 if way > 0 else 3.2
    count = round(3 / speed * FPS)
    sound, rate = mixed(passage(clip, begin + way * speed * np.arange(count) / FPS))
    assert len(sound) / rate == pytest.approx(count / FPS, abs=HOP)
    for click in CLICKS:
        shown = (click - begin) / (way * speed)
        assert click_near(sound, rate, shown) == pytest.approx(shown, abs=0.5 / FPS)


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.5, 2.0])
def test_the_pitch_stays(clip: Any, speed: float) -> None:
    sound, rate = mixed(passage(clip, 1.4 + speed * np.arange(round(0.6 / speed * FPS)) / FPS))
    inside = sound[round(0.05 * rate) : -round(0.05 * rate)]
    spectrum = np.abs(np.fft.rfft(inside * np.hanning(len(inside)), 16 * rate))
    assert np.argmax(spectrum) / 16 == pytest.approx(PITCH, rel=0.03)


def test_at_its_own_speed_a_sound_is_unchanged(clip: Any) -> None:
    at_once, rate = mixed(passage(clip, 1 + np.arange(50) / FPS))
    later, _ = mixed(passage(clip, 0.9 + np.arange(50) / FPS))
    assert np.abs(at_once[rate // 10 : rate] - later[rate // 5 : rate + rate // 10]).max() < 1e-3


def test_a_change_of_speed_stays_in_step(clip: Any) -> None:
    """Half speed, then twice, as a curve in the Graph editor may say."""
    heard = np.concatenate([np.arange(50) / 2, 25 + 2 * np.arange(38)]) / FPS
    sound, rate = mixed(passage(clip, heard))
    for click in (0.5, 1.3, 2.1, 2.9):
        shown = float(np.interp(click, heard, np.arange(len(heard)) / FPS))
        assert click_near(sound, rate, shown) == pytest.approx(shown, abs=0.5 / FPS)


@pytest.mark.parametrize("speed", [0.0, 0.2, 4.0])
def test_what_is_held_or_much_too_slow_or_fast_is_silent(clip: Any, speed: float) -> None:
    held = passage(clip, 1 + speed * np.arange(25) / FPS)
    assert held.silent.all()
    sound, _ = mixed(held)
    assert not sound.any()


def test_passages_lie_over_each_other_as_loud_as_they_are_seen(clip: Any) -> None:
    own = 1.4 + np.arange(15) / FPS
    one, rate = mixed(passage(clip, own))
    both, _ = mixed(passage(clip, own, gain=0.25), passage(clip, own, gain=0.5))
    inside = slice(rate // 10, rate // 2)
    assert np.abs(both[inside] - 0.75 * one[inside]).max() < 1e-3


def test_before_and_after_its_sound_a_clip_is_silent(clip: Any) -> None:
    sound, rate = mixed(passage(clip, np.arange(-25, 25) / FPS), passage(clip, 3.5 + np.arange(50) / FPS, begin=2))
    assert not sound[: round(0.9 * rate)].any()
    assert not sound[round(2.6 * rate) :].any()
    assert np.abs(sound[round(1.1 * rate) : round(1.4 * rate)]).max() > 0.05


def test_clips_without_sound_give_none(tmp_path: Path) -> None:
    mute = write_video(tmp_path / "mute.mp4", [np.zeros((32, 32, 3), np.uint8)] * 5)
    with ExitStack() as left:
        assert open_mix([passage(mute, np.arange(5) / FPS)], left) is None
