"""Films: what the container says, sound in step, and nothing half-written."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from portrait_addon.errors import InputError
from portrait_addon.media import film
from portrait_addon.media.clips import open_clip
from portrait_addon.media.film import SoundSpan, check_film, film_writer
from portrait_addon.media.provenance import SYNTHETIC, sentence
from portrait_addon.media.video import VideoClip
from tests.films import write_video

SIZE = (65, 49)
CLICK = 1.0
"""Second of the sound at which it clicks."""


def frames(count: Any, kind: Any = np.uint8, channels: Any = 3) -> Any:
    full = 1 if kind == np.float32 else np.iinfo(kind).max
    values = np.zeros((count, SIZE[1], SIZE[0], channels), kind)
    values[..., 2] = full  # red
    if channels == 4:
        values[:, :, : SIZE[0] // 2, 3] = full
    return values


def write(path: Any, pictures: Any, rate: Any = Fraction(25), sound: Any = ()) -> None:
    with film_writer(path, SIZE, rate, sound) as add:
        for pixels in pictures:
            add(pixels)


def heard(path: Any) -> Any:
    """When the film clicks, in seconds, and how long its sound is."""
    with av.open(str(path)) as container:
        parts = [(part.time, part.to_ndarray()[0].astype(float), part.rate) for part in container.decode(audio=0)]
    times = np.concatenate([float(start or 0) + np.arange(len(values)) / rate for start, values, rate in parts])
    values = np.abs(np.concatenate([values for _, values, _ in parts]))
    return times[np.argmax(values > values.max() / 3)], times[-1] - max(times[0], 0)


@pytest.mark.parametrize(
    ("kind", "channels"), [(np.uint8, 3), (np.uint16, 3), (np.float32, 3), (np.uint8, 4), (np.uint16, 4)]
)
def test_a_film_of_any_frames(tmp_path: Path, kind: Any, channels: Any) -> None:
    write(tmp_path / "ö.mp4", frames(6, kind, channels), Fraction(30000, 1001))
    assert [path.name for path in tmp_path.iterdir()] == ["ö.mp4"]
    with av.open(str(tmp_path / "ö.mp4")) as container:
        stream = container.streams.video[0]
        assert container.metadata["comment"] == sentence()
        assert SYNTHETIC in sentence()
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (64, 48), "an odd side loses a pixel"
        assert (stream.average_rate, stream.frames) == (Fraction(30000, 1001), 6)
        context = stream.codec_context
        assert (context.colorspace, context.color_range, context.color_trc, context.color_primaries) == (1, 1, 1, 1)
        assert not container.streams.audio
        for number, frame in enumerate(container.decode(stream)):
            assert frame.time == pytest.approx(number * 1001 / 30000)
            shown = frame.to_ndarray(format="rgb24", dst_color_range=2)
            assert np.abs(shown[10:40, 5:25].astype(int) - (255, 0, 0)).max() < 6
            if channels == 4:
                assert shown[10:40, 40:60].max() < 6, "transparency is black"


def test_moov_comes_first_so_that_it_plays_while_it_loads(tmp_path: Path) -> None:
    write(tmp_path / "film.mp4", frames(3))
    data = (tmp_path / "film.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def clip(path: Any, **how: Any) -> Any:
    """Two seconds at 25 frames a second, with a click."""
    sound = np.zeros(16000, np.int16)
    sound[8000:8100] = 25000
    pictures = [np.full((32, 32, 3), 50 + number, np.uint8) for number in range(50)]
    return write_video(path, pictures, samples=(0, sound), **how)


@pytest.mark.parametrize(
    ("name", "how", "copied"),
    [
        ("aac.mp4", {}, "aac"),
        ("aac.ts", {}, "aac"),
        ("opus.webm", {"codec": "libvpx", "sound": "libopus"}, "opus"),
        ("pcm.mov", {"sound": "pcm_s16le"}, None),
        ("pcm.avi", {"codec": "mpeg4", "sound": "pcm_s16le"}, None),
        ("flac.mkv", {"sound": "flac"}, None),
    ],
)
@pytest.mark.parametrize(("first", "count"), [(1, 50), (11, 30)])
def test_sound_of_just_the_frames_in_step(
    tmp_path: Path, name: Any, how: Any, copied: Any, first: Any, count: Any
) -> None:
    source = clip(tmp_path / name, **how)
    opened = open_clip(source)
    assert isinstance(opened, VideoClip)
    begin = opened.start + (first - 1) / 25
    write(tmp_path / "film.mp4", frames(count), sound=SoundSpan(source, begin, begin + count / 25))
    at, length = heard(tmp_path / "film.mp4")
    assert at == pytest.approx(CLICK - (first - 1) / 25, abs=0.5 / 25)
    assert length == pytest.approx(count / 25, abs=0.15)  # blocks of 1024 samples at 8 kHz
    with av.open(str(tmp_path / "film.mp4")) as container:
        assert container.streams.audio[0].codec_context.name == (copied or "aac")
        assert container.streams.video[0].frames == count


def test_a_clip_without_sound_gives_a_silent_film(tmp_path: Path) -> None:
    source = write_video(tmp_path / "mute.mp4", [np.zeros((32, 32, 3), np.uint8)] * 5)
    write(tmp_path / "film.mp4", frames(5), sound=SoundSpan(source, 0, 0.2))
    with av.open(str(tmp_path / "film.mp4")) as container:
        assert len(container.streams) == 1


def test_a_film_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    source = clip(tmp_path / "clip.mp4")
    write(tmp_path / "film.mp4", frames(3))
    before = (tmp_path / "film.mp4").read_bytes()
    writing = film_writer(tmp_path / "film.mp4", SIZE, Fraction(25), SoundSpan(source, 0, 1))
    with pytest.raises(KeyboardInterrupt), writing as add:
        add(frames(1)[0])
        raise KeyboardInterrupt
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4", "film.mp4"]
    assert (tmp_path / "film.mp4").read_bytes() == before


def test_only_a_film_of_ours_is_replaced(tmp_path: Path) -> None:
    write(tmp_path / "film.mp4", frames(3))
    check_film(tmp_path / "film.mp4", SIZE)
    with pytest.raises(InputError, match=r"film\.mp4: belongs to the input and would be overwritten\."):
        check_film(tmp_path / "film.mp4", SIZE, [tmp_path / "film.mp4"])
    clip(tmp_path / "holiday.mp4")
    (tmp_path / "notes.mp4").write_text("text")
    for name in ("holiday.mp4", "notes.mp4"):
        with pytest.raises(InputError, match=rf"{name}: is not from an earlier run and would be overwritten\."):
            check_film(tmp_path / name, SIZE)


@pytest.mark.parametrize(
    ("name", "size", "message"),
    [
        ("film.mov", SIZE, "a film is written as MP4"),
        ("film", SIZE, "a film is written as MP4"),
        ("folder.mp4", SIZE, "is a folder"),
        ("film.mp4", (20_000, 400), "a film of 20000 x 400 pixels cannot be made"),
    ],
)
def test_what_cannot_be_a_film(tmp_path: Path, name: Any, size: Any, message: Any) -> None:
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(InputError, match=message):
        check_film(tmp_path / name, size)


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film, "QUALITY", {"preset": "no such thing"})  # any failure of FFmpeg's
    with pytest.raises(InputError, match=r"film\.mp4: cannot be written \([^\n]*\)"):
        write(tmp_path / "film.mp4", frames(3))
    assert not list(tmp_path.iterdir())
