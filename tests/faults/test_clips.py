"""Clips as cameras, editors and broken copies make them: time stamps, rotation, short reads, a great many frames."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.errors import InputError
from portrait_addon.jobs.baking import analyse
from portrait_addon.jobs.job import run
from portrait_addon.jobs.tracking import TrackJob
from portrait_addon.media.clips import open_clip
from portrait_addon.media.pictures import SourceImage
from portrait_addon.models import load_model
from portrait_addon.pipeline.clip.recording import track_clip
from portrait_addon.pipeline.face.mesh import MOUTH
from portrait_addon.pipeline.frame.canvas import Canvas
from portrait_addon.pipeline.frame.mouth import paint_mouths
from portrait_addon.pipeline.frame.mouth_opening import Inside
from portrait_addon.pipeline.records.face import Face
from portrait_addon.pipeline.records.mouth_patch import MouthPatch
from portrait_addon.pipeline.records.performance import Performance
from portrait_addon.pipeline.records.portrait import Portrait
from portrait_addon.pipeline.records.settings import Settings
from portrait_addon.pipeline.tracking.landmarker import FaceTracker
from tests.composing import compose

TABLE_BOXES = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
GROWTH_MIB = 20


def box(data: bytes, name: bytes) -> tuple[int, int]:
    """Start and length of the first MP4 box of a name."""
    at = data.index(name) - 4
    return at, struct.unpack_from(">I", data, at)[0]


def with_durations(data: bytes, durations: list[int]) -> bytes:
    """An MP4 of OpenCV's, whose tables stand at its end, with a duration for every frame."""
    at, length = box(data, b"stts")
    entries = b"".join(struct.pack(">II", 1, duration) for duration in durations)
    table = struct.pack(">I4sII", 16 + len(entries), b"stts", 0, len(durations)) + entries
    out = bytearray(data)
    for name in TABLE_BOXES:
        place, size = box(data, name)
        struct.pack_into(">I", out, place, size + len(table) - length)
    out[at : at + length] = table
    edit, _ = box(data, b"elst")
    struct.pack_into(">I", out, edit + 16, 0x7FFFFFFF)  # else the clip ends where it ended before
    return bytes(out)


def with_rotation(data: bytes, matrix: tuple[int, int, int, int]) -> bytes:
    """The same with a matrix in its track header: what a telephone held upright writes."""
    at, _ = box(data, b"tkhd")
    out = bytearray(data)
    a, b, c, d = (value << 16 for value in matrix)
    struct.pack_into(">9i", out, at + 48, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    return bytes(out)


def tables_first(data: bytes) -> bytes:
    """The same as a web site serves it: it can be played from its start, and so also when it is cut."""
    at, length = box(data, b"moov")
    first, first_length = box(data, b"ftyp")
    tables = bytearray(data[at : at + length])
    place, _ = box(bytes(tables), b"stco")
    (count,) = struct.unpack_from(">I", tables, place + 12)
    for k in range(count):
        (offset,) = struct.unpack_from(">I", tables, place + 16 + 4 * k)
        struct.pack_into(">I", tables, place + 16 + 4 * k, offset + length)
    start = first + first_length
    return data[:start] + bytes(tables) + data[start:at]


def timescale(data: bytes) -> int:
    at, _ = box(data, b"mdhd")
    return int(struct.unpack_from(">I", data, at + 20)[0])


def test_time_stamps_of_a_variable_rate_are_kept(clip_file: Path, tmp_path: Path) -> None:
    data = clip_file.read_bytes()
    seconds = np.array([0.04, 0.04, 0.5, 0.02, 0.1, 0.04, 1.0, 0.04, 0.04, 0.04])
    (tmp_path / "vfr.mp4").write_bytes(with_durations(data, [round(s * timescale(data)) for s in seconds]))
    clip = open_clip(tmp_path / "vfr.mp4")
    times = np.array([time for time, _ in clip])
    expected = np.concatenate([[0], np.cumsum(seconds)[:-1]])
    assert np.abs(times - expected).max() < 0.02 / 2  # half the shortest frame
    assert np.abs(np.arange(10) / float(clip.rate) - expected).max() > 0.2  # what counting frames would give
    assert run(TrackJob(tmp_path / "vfr.mp4")).frame_at(expected[7]) == pytest.approx(8, abs=0.5)


@pytest.mark.parametrize(
    ("matrix", "turns"), [((0, 1, -1, 0), 3), ((-1, 0, 0, -1), 2), ((0, -1, 1, 0), 1)], ids=["90", "180", "270"]
)
def test_a_rotated_clip_is_upright(
    smile: list[NDArray[np.uint8]], write_clip: Callable[..., None], tmp_path: Path, matrix: Any, turns: Any
) -> None:
    turned_away = [np.ascontiguousarray(np.rot90(picture, -turns)) for picture in smile[:5]]
    write_clip(tmp_path / "plain.mp4", turned_away)
    (tmp_path / "phone.mp4").write_bytes(with_rotation((tmp_path / "plain.mp4").read_bytes(), matrix))
    clip = open_clip(tmp_path / "phone.mp4")
    assert clip.size == (480, 270)
    for (_, frame), picture in zip(clip, smile, strict=False):
        assert np.abs(frame.astype(int) - picture).mean() < 6


def test_a_clip_cut_short_is_read_to_there_and_said(
    clip_file: Path,
    smile: list[NDArray[np.uint8]],
    write_clip: Callable[..., None],
    times: Callable[[int, int], int],
    tmp_path: Path,
) -> None:
    write_clip(tmp_path / "whole.mp4", smile)
    whole = tables_first((tmp_path / "whole.mp4").read_bytes())
    (tmp_path / "cut.mp4").write_bytes(whole)
    assert sum(1 for _ in open_clip(tmp_path / "cut.mp4")) == 60
    tables, length = box(whole, b"moov")
    body = len(whole) - tables - length
    for tenths in range(2, 10, times(3, 1)):
        (tmp_path / "cut.mp4").write_bytes(whole[: tables + length + body * tenths // 10])
        clip = open_clip(tmp_path / "cut.mp4")
        seconds = np.array([time for time, _ in clip])
        said = re.fullmatch(
            r"only (\d+) of its 60 frames could be read; .* after frame (\d+)", clip.shortfall(seconds) or ""
        )
        assert said
        assert [int(number) for number in said.groups()] == [len(seconds)] * 2


def test_the_job_says_where_a_clip_was_cut(
    smile: list[NDArray[np.uint8]], write_clip: Callable[..., None], tmp_path: Path
) -> None:
    write_clip(tmp_path / "whole.mp4", smile[:30])
    whole = tables_first((tmp_path / "whole.mp4").read_bytes())
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) * 2 // 3])
    job = TrackJob(tmp_path / "cut.mp4")
    count = run(job).frame_count
    assert count < 30
    assert any(f"only {count} of its 30 frames could be read" in note for note in job.notes)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_long_clip_takes_the_memory_of_a_short_one(
    smile: list[NDArray[np.uint8]], times: Callable[[int, int], int]
) -> None:
    """Frames and faces come from memory, so that only what the method keeps can grow."""

    class Clip:
        def __iter__(self) -> Any:
            return ((row / 25, smile[place(row)]) for row in range(count))

    class Tracker:
        def detect(self, picture: Any) -> Any:
            known = [face for face, frame in zip(faces, smile, strict=True) if frame is picture]
            return [Face(face.points.copy(), face.blendshapes.copy(), face.head_matrix.copy()) for face in known]

    class Everywhere:
        def matte(self, picture: Any) -> Any:
            return np.ones(picture.shape[:2], np.float32)

    def place(row: Any) -> Any:
        return abs(row % 118 - 59)

    with FaceTracker(load_model("face_landmarker.task")) as tracker:
        faces = [tracker.detect(picture)[0] for picture in smile]
    count, early = times(180, 10_000), times(150, 500)
    first = most = None
    everywhere: Any = Everywhere()
    recording = track_clip(Clip(), Tracker(), everywhere, neutral=1)
    while True:
        try:
            progress = next(recording)
        except StopIteration as end:
            performance = end.value
            break
        used = own_memory_mib()
        if progress.done == early and progress.text == "Tracking":
            first = used
        most = max(used, most or 0)
    assert performance.frame_count == count
    assert max(most, own_memory_mib()) - first < GROWTH_MIB


def own_memory_mib() -> Any:
    """Memory of this process that no file backs."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+) kB", status)[1]) / 1024


@pytest.mark.parametrize("kind", ["empty", "1 px", "at the edge", "outside", "upside down", "not there"])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_mouths_of_any_shape(portrait: Portrait, performance: Performance, kind: Any, dtype: Any) -> None:
    """Nothing raised, nothing that is no number, and nothing painted far from the lips."""
    (_, patch), *_ = performance.mouths_at(10)
    moved = portrait.points.copy()
    lips = moved[:, :2].mean(axis=0)
    width, height = portrait.size
    if kind == "empty":
        patch = MouthPatch(np.empty((0, 0, 3), np.uint8), patch.corner, patch.points)
    elif kind == "1 px":
        patch = MouthPatch(patch.pixels[:1, :1], patch.corner, patch.points)
    elif kind == "at the edge":
        moved[:, :2] += [width - lips[0], height - lips[1]]
    elif kind == "outside":
        moved[:, :2] += [10 * width, -10 * height]
    elif kind == "upside down":
        moved[:, 1] = 2 * lips[1] - moved[:, 1]
    else:
        moved[MOUTH.contour, :2] = lips
    picture = np.full((height, width, 3), 90 if dtype == np.uint8 else 0.35, dtype)
    if kind == "1 px" and not patch.pixels.size:
        patch = MouthPatch(np.full((1, 1, 3), 40, np.uint8), patch.corner, patch.points)
    paint_mouths(Canvas(picture), moved, [(1.0, patch, performance.colours)], portrait.palette, Inside(1.0))
    assert np.isfinite(picture).all()
    if kind == "outside":
        assert (picture == picture[0, 0]).all()
    if kind == "empty":  # a mouth of which nothing is known is dark
        assert picture.max() == picture[0, 0].max()


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (3, 2), (33, 31)])
def test_odd_sizes_of_portraits(size: Any) -> None:
    with pytest.raises(InputError, match="tiny: no face found; choose a picture"):
        analyse(SourceImage(np.full((*size, 3), 90, np.uint8), "tiny"))


def test_a_portrait_of_odd_sides_gives_frames_of_its_size(sitter: SourceImage, performance: Performance) -> None:
    odd = cv2.resize(sitter.pixels, (143, 191))
    assert compose(analyse(SourceImage(odd, "odd")), performance, Settings(), 8).picture.shape == (191, 143, 3)
