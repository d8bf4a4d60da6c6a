"""Clips of every kind, written by PyAV when a test needs them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import av
import numpy as np
from numpy.typing import NDArray

BT_709, BT_2020 = 1, 9
LIMITED, FULL = 1, 2

Given = ParamSpec("Given")
Result = TypeVar("Result")


def in_its_own_thread(work: Callable[Given, Result]) -> Callable[Given, Result]:
    """Run a function in a thread that ends with it.

    The encoder of AV1 gives the thread that opens it real-time priority where the user is root, and never takes it
    back. In the main thread, that made all later tests wait for threads which never came to their turn.
    """

    @functools.wraps(work)
    def run(*arguments: Given.args, **named: Given.kwargs) -> Result:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(work, *arguments, **named).result()

    return run


@in_its_own_thread
def write_video(
    path: Path,
    pictures: Sequence[NDArray[Any]],
    rate: Fraction | int = 25,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    *,
    stamps: Sequence[int] | None = None,
    ratio: Fraction | None = None,
    colours: tuple[int, int, int, int] | None = None,
    given: str = "bgr24",
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
    matrix: Sequence[int] | None = None,
    interlaced: bool = False,
    samples: tuple[float, NDArray[np.int16]] | None = None,
    sound: str = "aac",
    format: str | None = None,
) -> Path:
    """Write a film.

    `stamps` count thousandths of a second; `colours` are matrix, range, transfer and primaries as FFmpeg counts them;
    `samples` are the second at which sound begins, and the sound, at 8000 a second.
    """
    with av.open(str(path), "w", format=format, options=container or {}) as file:
        stream = file.add_stream(codec, rate=rate)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = pixels
        stream.options = {**(options or {})}
        context = stream.codec_context
        if stamps is not None:
            context.time_base = Fraction(1, 1000)
        if ratio is not None:
            context.sample_aspect_ratio = ratio
        if colours is not None:
            context.colorspace, context.color_range, context.color_trc, context.color_primaries = colours
        if interlaced:
            context.flags |= 1 << 18 | 1 << 29
        if matrix is not None:
            stream.set_display_matrix(matrix)
        heard = file.add_stream(sound, rate=8000, layout="mono") if samples is not None else None
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, given)
            if colours is not None:
                frame = frame.reformat(format=pixels, dst_colorspace=colours[0], dst_color_range=colours[1])
            if stamps is not None:
                frame.pts, frame.time_base = stamps[number], Fraction(1, 1000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
        if isinstance(heard, av.AudioStream) and samples is not None:
            start, values = samples
            for at in range(0, len(values), 1024):
                part = av.AudioFrame.from_ndarray(values[None, at : at + 1024], "s16", "mono")
                part.sample_rate, part.pts, part.time_base = 8000, round(start * 8000) + at, Fraction(1, 8000)
                file.mux(heard.encode(part))
            file.mux(heard.encode(None))
    return path
