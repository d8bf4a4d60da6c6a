"""The demonstration's clip with a made voice."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from portrait_addon.media.clips import open_clip


def test_the_demo_clip_is_heard_while_its_mouth_is_open(
    add: Callable[..., Any], assets: Path, scene: Any, tmp_path: Path
) -> None:
    ob = add()
    path = assets / "demo_talk_sound_ccby.mp4"
    ob.portrait.clip = bpy.data.movieclips.load(str(path))
    scene.render.fps = 25
    assert bpy.ops.portrait.add_sound() == {"FINISHED"}
    scene.frame_start, scene.frame_end = 1, 75
    bpy.ops.sound.mixdown(filepath=str(tmp_path / "voice.wav"), container="WAV", codec="PCM", format="S16")
    with wave.open(str(tmp_path / "voice.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        loud = np.array([np.abs(part.astype(float)).mean() for part in np.array_split(samples, 75)])
    assert len(samples) / file.getframerate() == pytest.approx(3, abs=0.05)
    shut, open_mouth = np.r_[57:75], np.r_[3:9, 22:41, 47:54]
    assert loud[shut].max() < loud.max() / 50
    assert loud[open_mouth].min() > loud.max() / 3
    assert [number for number, _ in enumerate(open_clip(path), start=1)][-1] == 75
