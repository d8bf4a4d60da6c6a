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
from tests.films import write_video

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


def click_heard(scene: Any, path: Path, near: float, reach: int = 24) -> float:
    """The scene frame, with its fraction, at which the sequencer clicks; looked for near a frame."""
    rate = float(scene_rate(scene))
    scene.frame_start, scene.frame_end = round(near) - reach, round(near) + reach
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


CLICK = 0.5
"""Second of the sound at which it clicks."""


def clicking(path: Path, **how: Any) -> Path:
    """Two seconds of a flickering picture, and one of sound that clicks in its middle."""
    sound = np.zeros(8000, np.int16)
    sound[round(CLICK * 8000) :][:80] = 20000
    pictures = [np.full((32, 32, 3), 40 + number, np.uint8) for number in range(50)]
    start = how.pop("sound_at", 0.0)
    return write_video(path, pictures, samples=(start, sound), sound="pcm_s16le", **how)


@pytest.mark.parametrize(("picture_at", "sound_at"), [(0.0, 0.6), (0.4, 0.0)])
def test_what_begins_late_is_heard_late(
    add: Callable[..., Any], scene: Any, tmp_path: Path, picture_at: float, sound_at: float
) -> None:
    stamps = [round(1000 * picture_at) + 40 * number for number in range(50)]
    path = clicking(tmp_path / "late.mov", stamps=stamps, sound_at=sound_at)
    scene.render.fps = 25
    ob = add()
    ob.portrait.clip = bpy.data.movieclips.load(str(path))
    bpy.ops.portrait.add_sound()
    ob.portrait.start_frame = 21
    seen = 21 + (sound_at + CLICK - picture_at) * 25
    assert click_heard(scene, tmp_path / "heard.wav", seen) == pytest.approx(seen, abs=1)
    ob.portrait.first_frame = 2
    assert click_heard(scene, tmp_path / "heard.wav", seen - 1) == pytest.approx(seen - 1, abs=1)


def test_an_in_point_of_a_variable_rate_counts_its_seconds(add: Callable[..., Any], scene: Any, tmp_path: Path) -> None:
    """Ten frames a tenth apart, then forty hundredths."""
    stamps = [100 * number if number < 10 else 1000 + 10 * (number - 10) for number in range(50)]
    ob = add()
    path = clicking(tmp_path / "varied.mov", stamps=stamps)
    ob.portrait.clip = bpy.data.movieclips.load(str(path))
    scene.render.fps = 25
    sound.add(ob, scene, path, [stamp / 1000 for stamp in stamps])
    ob.portrait.start_frame, ob.portrait.first_frame = 21, 5
    seen = 21 + (CLICK - 0.4) * 25
    assert click_heard(scene, tmp_path / "heard.wav", seen) == pytest.approx(seen, abs=1)


def test_a_recording_without_duration_is_heard_and_follows_when_it_is_gone(
    add: Callable[..., Any], scene: Any, tmp_path: Path
) -> None:
    path = clicking(tmp_path / "live.mkv", codec="libx264", container={"live": "1"})
    ob = add()
    ob.portrait.clip = bpy.data.movieclips.load(str(path))
    bpy.ops.portrait.add_sound()
    ((_, strip),) = sound.strips_of(ob)
    path.rename(tmp_path / "elsewhere.mkv")
    ob.portrait.clip.filepath = str(path)  # Blender looks for it, and does not find it
    assert ob.portrait.clip.fps == 0
    ob.portrait.start_frame = 41
    assert (strip.content_start if hasattr(strip, "content_start") else strip.frame_start) == 41


def test_added_again_it_is_there_once(filmed: Callable[..., tuple[Any, float]], scene: Any) -> None:
    ob, _ = filmed(31)
    for _ in range(2):
        bpy.ops.portrait.add_sound()
    assert len(sound.strips_of(ob)) == 1


@pytest.mark.parametrize("seam", [0, 10])
def test_a_loop_is_heard_at_each_of_its_turns(add: Callable[..., Any], scene: Any, tmp_path: Path, seam: int) -> None:
    """Frames 6 to 35 of fifty, at 25 a second in a scene of 30; then once again."""
    path = clicking(tmp_path / "loop.mov")
    scene.render.fps, scene.frame_end = 30, 150
    ob = add()
    ob.portrait.clip = bpy.data.movieclips.load(str(path))
    ob.portrait.first_frame, ob.portrait.last_frame, ob.portrait.repeat, ob.portrait.seam = 6, 35, "LOOP", seam
    ob.portrait.start_frame = 11
    assert bpy.ops.portrait.add_sound() == {"FINISHED"}
    period = (30 - seam) / 25
    assert len(sound.strips_of(ob)) == 1 + int((150 - 11) / (30 * period))
    for turn in range(4):
        seen = 11 + (CLICK - 0.2 + turn * period) * 30
        assert click_heard(scene, tmp_path / "heard.wav", seen, 8) == pytest.approx(seen, abs=1)
    ob.portrait.start_frame = 21
    seen = 21 + (CLICK - 0.2 + 2 * period) * 30
    assert click_heard(scene, tmp_path / "heard.wav", seen, 8) == pytest.approx(seen, abs=1)
    ob.portrait.repeat = "ONCE"
    with pytest.raises(AssertionError, match="no click is heard"):
        click_heard(scene, tmp_path / "heard.wav", seen, 8)


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
    ob.portrait.clip = bpy.data.movieclips.load(str(assets / "demo_talk_sound_ccby.mp4"))
    assert bpy.ops.portrait.add_sound() == {"FINISHED"}
    ((_, strip),) = sound.strips_of(ob)
    length = strip.duration if hasattr(strip, "duration") else strip.frame_final_duration
    assert length == pytest.approx(75 / 25 * scene.render.fps, abs=2)
