"""The clip's sound: heard when it is seen, also after ten minutes, and where the clip is moved to."""

from __future__ import annotations

import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from portrait_addon.blender.data.frame_rate import scene_rate
from portrait_addon.blender.output import sound
from portrait_addon.media.clips import open_clip
from tests.blender.click_and_flash import write_film

FILM = Fraction(30000, 1001)
TEN_MINUTES = 17982


@pytest.fixture
def film(tmp_path: Path) -> Callable[..., Path]:
    """Write a film that flashes and clicks in a frame, soon after which it ends."""

    def write(flash: int, rate: Fraction = FILM) -> Path:
        write_film(tmp_path / "click.avi", rate, flash + 30, flash)
        return tmp_path / "click.avi"

    return write


@pytest.fixture
def filmed(add: Callable[..., Any], film: Callable[..., Path]) -> Callable[..., tuple[Any, float]]:
    """A portrait whose clip is such a film, and the seconds at which it flashes, by the film's own time stamps."""

    def load(flash: int, rate: Fraction = FILM) -> tuple[Any, float]:
        path = film(flash, rate)
        ob = add()
        ob.portrait.clip = bpy.data.movieclips.load(str(path))
        (seconds,) = (stamp for stamp, picture in open_clip(path) if picture.mean() > 128)
        return ob, seconds

    return load


def click_heard(scene: Any, path: Path, near: float) -> float:
    """The scene frame, with its fraction, at which the sequencer clicks; looked for near a frame."""
    rate = float(scene_rate(scene))
    scene.frame_start, scene.frame_end = round(near) - 24, round(near) + 24
    bpy.ops.sound.mixdown(filepath=str(path), container="WAV", codec="PCM", format="S16")
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        loud = np.flatnonzero(np.abs(samples[:, 0].astype(int)) > 3000)
        assert len(loud), "no click is heard"
        return float(scene.frame_start + loud[0] / file.getframerate() * rate)


@pytest.mark.parametrize(("fps", "base"), [(24, 1.0), (30, 1.001), (25, 1.0)])
@pytest.mark.parametrize("flash", [61, TEN_MINUTES])
def test_the_click_is_heard_in_the_frame_that_flashes(
    filmed: Callable[..., tuple[Any, float]], scene: Any, tmp_path: Path, fps: int, base: float, flash: int
) -> None:
    ob, seconds = filmed(flash)
    scene.render.fps, scene.render.fps_base = fps, base
    ob.portrait.start_frame = 11
    assert bpy.ops.portrait.add_sound() == {"FINISHED"}
    seen = 11 + seconds * float(scene_rate(scene))
    assert click_heard(scene, tmp_path / "heard.wav", seen) == pytest.approx(seen, abs=0.3)


def test_the_sound_follows_the_start_frame_and_the_in_point(
    filmed: Callable[..., tuple[Any, float]], scene: Any, tmp_path: Path
) -> None:
    ob, seconds = filmed(61)
    scene.render.fps = 24
    bpy.ops.portrait.add_sound()
    ob.portrait.start_frame = 101
    seen = 101 + seconds * 24
    assert click_heard(scene, tmp_path / "heard.wav", seen) == pytest.approx(seen, abs=0.3)
    ob.portrait.first_frame = 31
    seen -= 30 / float(FILM) * 24
    assert click_heard(scene, tmp_path / "heard.wav", seen) == pytest.approx(seen, abs=0.8)
    ob.portrait.first_frame, ob.portrait.last_frame = 0, 61
    seen = 101 + seconds * 24
    assert click_heard(scene, tmp_path / "heard.wav", seen) == pytest.approx(seen, abs=0.3)
    ob.portrait.first_frame, ob.portrait.last_frame = 31, 60
    seen -= 24  # the mix begins well before the cut
    with pytest.raises(AssertionError, match="no click is heard"):
        click_heard(scene, tmp_path / "heard.wav", seen)


def test_added_again_it_is_there_once(filmed: Callable[..., tuple[Any, float]], scene: Any) -> None:
    ob, _ = filmed(31)
    for _ in range(2):
        bpy.ops.portrait.add_sound()
    assert len(sound.strips_of(ob)) == 1


def test_a_clip_without_sound_says_so(ready: Any) -> None:
    with pytest.raises(RuntimeError, match=r"man_001\.png: has no sound"):
        bpy.ops.portrait.add_sound()
    assert not bpy.data.sounds


def test_sound_alone_is_in_the_sequencers_too(filmed: Callable[..., tuple[Any, float]], scene: Any) -> None:
    filmed(31)
    bpy.ops.portrait.add_sound()
    assert all(getattr(workspace, "sequencer_scene", scene) == scene for workspace in bpy.data.workspaces)


def test_sound_is_kept_by_a_relative_path(filmed: Callable[..., tuple[Any, float]], scene: Any, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    ob, _ = filmed(31)
    bpy.ops.portrait.add_sound()
    assert {strip.sound.filepath for _, strip in sound.strips_of(ob)} == {"//click.avi"}


def test_the_demo_clip_with_sound_is_heard(add: Callable[..., Any], assets: Path, scene: Any) -> None:
    ob = add()
    ob.portrait.clip = bpy.data.movieclips.load(str(assets / "sound" / "demo_talk_ccby.mp4"))
    assert bpy.ops.portrait.add_sound() == {"FINISHED"}
    ((_, strip),) = sound.strips_of(ob)
    length = strip.duration if hasattr(strip, "duration") else strip.frame_final_duration
    assert length == pytest.approx(75 / 25 * scene.render.fps, abs=2)
