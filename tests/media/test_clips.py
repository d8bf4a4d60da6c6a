import math
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.container.input import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from portrait_addon.errors import InputError
from portrait_addon.media import video
from portrait_addon.media.clips import fingerprint, open_clip
from tests.films import write_video
from tests.pictures import write_picture

FRAMES = 12


def grey(level: int, size: tuple[int, int] = (64, 48)) -> Any:
    return np.full((size[1], size[0], 3), level, np.uint8)


@pytest.fixture
def film(tmp_path: Path) -> Any:
    """A clip at 20 frames a second that becomes brighter by 20 levels a frame."""
    return write_video(tmp_path / "clip ü.mp4", [grey(20 * number) for number in range(FRAMES)], 20)


@pytest.fixture
def sequence(tmp_path: Path) -> Any:
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in range(8, 12):  # across the change of digits
        write_picture(folder / f"shot_{number}.png", grey(number))
    return folder


def stamped(monkeypatch: pytest.MonkeyPatch, path: Path, stamps: list[float]) -> Any:
    """The film with given time stamps, in seconds; NaN is none."""

    def decoded(*_: InputContainer | VideoStream) -> Iterator[Any]:
        for stamp in stamps:
            frame = av.VideoFrame.from_ndarray(grey(0), "bgr24")
            frame.pts = None if math.isnan(stamp) else round(stamp * 1000)
            frame.time_base = Fraction(1, 1000)
            yield frame

    monkeypatch.setattr(video, "decoded", decoded)
    return open_clip(path)


def test_video(film: Any) -> None:
    clip = open_clip(film)
    assert (clip.size, clip.rate, clip.frame_count_declared) == ((64, 48), Fraction(20), FRAMES)
    for _ in range(2):  # it can be read again
        times, pictures = zip(*clip, strict=True)
        assert np.allclose(times, np.arange(FRAMES) / 20)
        assert np.allclose([picture.mean() for picture in pictures], 20 * np.arange(FRAMES), atol=6)
    assert clip.shortfall(np.array(times)) is None


def test_rate_is_an_exact_fraction(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", [grey(0)] * 9, Fraction(30000, 1001))
    assert open_clip(path).rate == Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ([0, 0.1, 0.5, 0.55], [0, 0.1, 0.5, 0.55]),  # a variable rate is kept
        ([3.0, 3.1, 3.2], [0, 0.1, 0.2]),  # the first frame is the start
        ([0, 0, 0, 0], [0, 0.05, 0.1, 0.15]),
        ([0, 0.2, 0.2, 0.4], [0, 0.2, 0.25, 0.4]),
        ([0, math.nan, 0.03], [0, 0.05, 0.1]),
        ([math.nan, 0.1], [0, 0.1]),
    ],
)
def test_time_stamps_increase(
    monkeypatch: pytest.MonkeyPatch, film: Any, stamps: list[float], expected: list[float]
) -> None:
    clip = stamped(monkeypatch, film, stamps)
    assert [seconds for seconds, _ in clip] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (np.arange(7) / 20, "only 7 of its 12 frames could be read; it may be damaged or trimmed after frame 7"),
        (np.delete(np.arange(12), 5) / 20, "only 11 of its 12 frames could be read; .* trimmed after frame 5"),
    ],
)
def test_a_short_read_is_told(film: Any, times: NDArray[Any], message: str) -> None:
    assert re.fullmatch(message, open_clip(film).shortfall(times) or "")


def test_an_estimated_count_is_not_believed(film: Any, tmp_path: Path) -> None:
    clip = open_clip(write_video(tmp_path / "clip.webm", [grey(0)] * FRAMES, 10, "libvpx"))
    assert clip.frame_count_declared == FRAMES  # by its duration
    assert clip.shortfall(np.linspace(0, 1.1, 9)) is None
    assert "after frame 7" in (clip.shortfall(np.arange(7) / 10) or "")


def test_truncated_file_is_read_as_far_as_it_goes(film: Any) -> None:
    whole = film.read_bytes()
    # The index stands at the end; a cut file has none and is no clip any more.
    film.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"clip ü.mp4: is an MP4 or MOV without an index [^\n]*Copy it again"):
        open_clip(film)


@pytest.mark.parametrize("content", [b"", b"not a clip", bytes(range(256)) * 40])
def test_not_a_clip(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.mp4"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"notes.mp4: is not a clip that can be read"):
        open_clip(path)


def test_missing_clip(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone.mp4: there is no such file"):
        open_clip(tmp_path / "gone.mp4")


def test_a_control_character_in_a_name_keeps_the_message_on_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\\nb.mp4: there is no such file") as refusal:
        open_clip(tmp_path / "a\nb.mp4")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["", "shot_8.png", "shot_##.png", "shot_%d.png", "shot_%02d.png"])
def test_a_sequence_has_many_names(sequence: Any, name: str) -> None:
    clip = open_clip(sequence / name)
    assert (clip.size, clip.rate, clip.frame_count_declared) == ((64, 48), Fraction(25), 4)
    assert [(seconds, picture[0, 0, 0]) for seconds, picture in clip] == [(0, 8), (0.04, 9), (0.08, 10), (0.12, 11)]


def test_a_sequence_begins_at_the_picture_named(sequence: Any) -> None:
    clip = open_clip(sequence / "shot_10.png", Fraction(10))
    assert [(seconds, picture[0, 0, 0]) for seconds, picture in clip] == [(0, 10), (0.1, 11)]


def test_sequences_of_any_kind_of_picture_become_8_bit_colour(tmp_path: Path) -> None:
    write_picture(tmp_path / "a1.png", np.full((4, 4, 4), 257 * 9, np.uint16))
    write_picture(tmp_path / "a2.png", np.full((4, 4, 3), 9, np.uint8))
    for _, picture in open_clip(tmp_path):
        assert picture.dtype == np.uint8
        assert np.array_equal(picture, np.full((4, 4, 3), 9))


def test_a_picture_missing_in_a_sequence(sequence: Any) -> None:
    (sequence / "shot_10.png").unlink()
    with pytest.raises(InputError, match=r"picture 10 of the sequence is missing, after shot_9\.png"):
        open_clip(sequence)


def test_a_picture_of_another_size_in_a_sequence(sequence: Any) -> None:
    write_picture(sequence / "shot_10.png", grey(0, (32, 48)))
    with pytest.raises(InputError, match="frame 3 has 32 x 48 pixels, the first has 64 x 48"):
        list(open_clip(sequence))


def test_a_damaged_picture_in_a_sequence(sequence: Any) -> None:
    (sequence / "shot_10.png").write_bytes(b"junk")
    with pytest.raises(InputError, match=r"shot_10\.png: is not a JPEG"):
        list(open_clip(sequence))


def test_folders_that_hold_no_sequence_or_several(sequence: Any, tmp_path: Path) -> None:
    write_picture(sequence / "other_1.png", grey(0))
    with pytest.raises(InputError, match=r"holds several sequences.*other_####\.png, shot_####\.png"):
        open_clip(sequence)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="empty: holds no numbered pictures"):
        open_clip(tmp_path / "empty")


def test_a_single_picture_is_no_clip(tmp_path: Path) -> None:
    write_picture(tmp_path / "sitter.png", grey(0))
    with pytest.raises(InputError, match=r"sitter.png: is a single picture, not a clip"):
        open_clip(tmp_path / "sitter.png")
    with pytest.raises(InputError, match="no picture has such a name"):
        open_clip(tmp_path / "sitter_####.png")


def test_fingerprints_follow_the_content(film: Any, sequence: Any) -> None:
    before = fingerprint(film), fingerprint(sequence)
    assert before == (fingerprint(film), fingerprint(sequence))
    film.write_bytes(film.read_bytes() + b"\0")
    write_picture(sequence / "shot_9.png", grey(99))
    after = fingerprint(film), fingerprint(sequence)
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert open_clip(sequence, Fraction(24)).fingerprint() != after[1]
