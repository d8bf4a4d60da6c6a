"""Clips that differ in nothing but what is studied: equal length, size, rate, codec and cropping."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from portrait_addon.errors import InputError
from portrait_addon.jobs.baking import faces_of
from portrait_addon.media.clips import open_clip
from portrait_addon.media.files import shown, whole_path
from portrait_addon.media.pictures import SourceImage

KINDS = ("real", "made")

WIDEST, NARROWEST = 3.0, 1.3
"""Side of the square that is shown, in heights of the face from hairline to chin: at most, and at least."""

SMALLEST, LARGEST = 128, 720
"""Side of the films in pixels, at least and at most."""

COMMENT = "A clip of a study. Some of its clips are synthetic, others are not; its page says so."
"""The same in every film, so that it tells nobody which."""

QUALITY = {"crf": "16", "preset": "medium", "profile": "high"}
MODIFIED = 946_684_800
"""Time stamp of every file, in seconds: the first second of the year 2000."""


@dataclass(frozen=True)
class Source:
    """A clip as it was given.

    Attributes
    ----------
    path : Path
        A video, or a folder of numbered pictures.
    kind : str
        One of `KINDS`.
    person : str
        Who is seen: the name of the file up to its first ``_``.
    """

    path: Path
    kind: str
    person: str


@dataclass(frozen=True)
class Form:
    """What all films have in common.

    Attributes
    ----------
    frames : int
        Number of frames.
    rate : Fraction
        Frames a second.
    side : int
        Of the square picture, in pixels.
    """

    frames: int
    rate: Fraction
    side: int


@dataclass(frozen=True)
class Seen:
    """What is known of a clip before it is cut.

    Attributes
    ----------
    source : Source
    times : (N,) float64 array
        Of its frames, in seconds.
    rate : Fraction
        Frames a second.
    size : tuple of int
        Width and height in pixels.
    centre : tuple of float
        Of the face in the first frame, in pixels.
    face : float
        Height of that face, in pixels.
    """

    source: Source
    times: NDArray[np.float64]
    rate: Fraction
    size: tuple[int, int]
    centre: tuple[float, float]
    face: float


def find_sources(folder: Path, kind: str) -> list[Source]:
    """List the clips of a folder.

    Parameters
    ----------
    folder : Path
        Each file or folder in it is a clip, unless its name begins with a dot.
    kind : str
        What they are, one of `KINDS`.

    Returns
    -------
    list of Source
        In the order of their names.

    Raises
    ------
    InputError
        If there is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise InputError(f"{shown(folder)}: there is no such folder. Check the path.")
    paths = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    if not paths:
        raise InputError(f"{shown(folder)}: holds no clips. Put the {kind} ones there.")
    return [Source(path, kind, path.stem.partition("_")[0]) for path in paths]


def look_at(source: Source) -> Seen:
    """Find out what a clip shows.

    Parameters
    ----------
    source : Source
        The clip.

    Returns
    -------
    Seen

    Raises
    ------
    InputError
        If it cannot be read, or no face is found in its first frame.
    """
    clip = open_clip(source.path)
    times, first = [], None
    for seconds, picture in clip:
        times.append(seconds)
        first = picture if first is None else first
    if first is None:
        raise InputError(f"{shown(source.path)}: has no frames. Choose another clip.")
    faces = faces_of(SourceImage(first, source.path.name))
    if not faces:
        raise InputError(f"{shown(source.path)}: no face is found in its first frame. Let it begin with one.")
    points = faces[0].points[:, :2].astype(np.float64)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    return Seen(
        source, np.array(times), clip.rate, clip.size, (float(middle[0]), float(middle[1])), float(faces[0].height)
    )


def common_form(seen: Sequence[Seen], seconds: float | None = None, side: int | None = None) -> tuple[Form, float]:
    """Choose what all films have in common: the worst of each, so that none stands out.

    Parameters
    ----------
    seen : sequence of Seen
        All clips.
    seconds : float, optional
        Length of the films; that of the shortest clip unless given.
    side : int, optional
        Side of the square in pixels; that of the clip with the fewest unless given.

    Returns
    -------
    form : Form
    width : float
        Side of the square in heights of the face.

    Raises
    ------
    InputError
        If a clip is too short, too narrow around its face, or too small.
    """
    rate = min(clip.rate for clip in seen)
    shortest = min(seen, key=lambda clip: clip.times[-1] + 1 / float(clip.rate))
    longest = float(shortest.times[-1]) + 1 / float(shortest.rate)
    if seconds is not None and seconds > longest + 1e-6:
        raise InputError(f"{shown(shortest.source.path)}: has {longest:.2f} s, shorter than {seconds:g}. Ask for less.")
    narrowest = min(seen, key=lambda clip: min(clip.size) / clip.face)
    width = min(WIDEST, min(narrowest.size) / narrowest.face)
    if width < NARROWEST:
        raise InputError(
            f"{shown(narrowest.source.path)}: has no room around the face, and all are cropped alike. Leave it out."
        )
    smallest = min(seen, key=lambda clip: clip.face)
    pixels = min(int(smallest.face * width), LARGEST) // 2 * 2
    if pixels < SMALLEST:
        raise InputError(
            f"{shown(smallest.source.path)}: the face is {smallest.face:.0f} pixels high, and all clips become as "
            "coarse. Leave it out."
        )
    frames = max(1, int((longest if seconds is None else seconds) * rate + Fraction(1, 1000)))
    return Form(frames, rate, pixels if side is None else min(side, pixels) // 2 * 2), width


def write_film(seen: Seen, form: Form, width: float, path: Path) -> None:
    """Write a clip as a film that tells nothing of where it comes from.

    Parameters
    ----------
    seen : Seen
        The clip.
    form : Form
        Of the film.
    width : float
        Side of the square that is shown, in heights of the face.
    path : Path
        The film, an MP4 file.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    with whole_path(path) as partial, av.open(f"file:{partial.absolute()}", "w", format="mp4") as container:
        container.metadata["comment"] = COMMENT
        stream: Any = container.add_stream("libx264", rate=form.rate, options=QUALITY)
        stream.width = stream.height = form.side
        stream.pix_fmt = "yuv420p"
        for picture in squares(seen, form, width):
            frame = av.VideoFrame.from_ndarray(picture, "bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    os.utime(path, (MODIFIED, MODIFIED))


def squares(seen: Seen, form: Form, width: float) -> Iterator[NDArray[np.uint8]]:
    """Cut the square around the face out of the frames nearest to a film's times.

    Parameters
    ----------
    seen : Seen
        The clip.
    form : Form
        Of the film.
    width : float
        See `write_film`.

    Yields
    ------
    (side, side, 3) uint8 array
        BGR.
    """
    length = min(width * seen.face, *seen.size)
    left, top = (
        float(np.clip(middle + 0.5 - length / 2, 0, most - length))
        for middle, most in zip(seen.centre, seen.size, strict=True)
    )
    scale = form.side / length
    # From the outer corner of the first pixel, whose centre is at 0.
    matrix = np.array([[scale, 0, (0.5 - left) * scale - 0.5], [0, scale, (0.5 - top) * scale - 0.5]])
    wanted = np.arange(form.frames) / float(form.rate)
    rows = np.abs(seen.times[None] - wanted[:, None]).argmin(axis=1)
    counts = np.bincount(rows, minlength=len(seen.times))
    for count, (_, picture) in zip(counts, open_clip(seen.source.path), strict=False):
        if count:
            smaller = _blurred(picture, scale)
            square = cv2.warpAffine(
                smaller, matrix, (form.side, form.side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
            )
            for _ in range(count):
                yield np.asarray(square, np.uint8)


def _blurred(picture: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Take out what a smaller picture cannot show."""
    if scale >= 1:
        return picture
    sigma = 0.5 * float(np.sqrt(1 / scale**2 - 1))
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), max(sigma, 0.1)), np.uint8)
