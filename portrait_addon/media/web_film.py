"""Films for web pages: VP9 in WebM, transparent where the picture is, with a comment that says that it is synthetic."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .files import whole_path, write_error
from .film import BT_709, LIMITED
from .libav import THREADS, import_av
from .provenance import sentence

QUALITY = {"crf": "20", "b": "0", "deadline": "good", "cpu-used": "4", "auto-alt-ref": "0"}
"""Of VP9: hardly a difference is seen. Alternate reference frames would not carry alpha."""


@contextmanager
def webm_writer(
    path: Path, size: tuple[int, int], rate: Fraction, alpha: bool, anew: Collection[int] = ()
) -> Iterator[Callable[[NDArray[np.uint8]], None]]:
    """Write a WebM film that gets its name only when it is complete.

    Parameters
    ----------
    path : Path
        The file. A film of the same name is replaced.
    size : tuple of int
        Width and height of the frames in pixels; of an odd side the last pixel is left out.
    rate : Fraction
        Frames a second.
    alpha : bool
        Whether the film is transparent where its frames are.
    anew : collection of int
        Frames, from 0, that are encoded without those before, so that films can be cut together there.

    Yields
    ------
    callable
        Adds a frame, a (h, w, 3) BGR or, with alpha, (h, w, 4) BGRA array of uint8 with straight alpha.

    Raises
    ------
    InputError
        If the film cannot be written.
    """
    av = import_av()
    width, height = size[0] // 2 * 2, size[1] // 2 * 2
    given, kept = ("bgra", "yuva420p") if alpha else ("bgr24", "yuv420p")
    with whole_path(path) as partial:
        try:
            with av.open(f"file:{partial.absolute()}", "w", format="webm") as container:
                container.metadata["comment"] = sentence()
                stream = container.add_stream("libvpx-vp9", rate=rate, options=QUALITY)
                stream.width, stream.height, stream.pix_fmt = width, height, kept
                context = stream.codec_context
                context.thread_count, context.time_base = THREADS, 1 / rate
                context.color_range, context.colorspace = LIMITED, BT_709
                context.color_primaries = context.color_trc = BT_709
                count = 0

                def add(pixels: NDArray[Any]) -> None:
                    nonlocal count
                    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels[:height, :width]), given)
                    frame = frame.reformat(format=kept, dst_colorspace=BT_709, dst_color_range=LIMITED, threads=1)
                    frame.pts, frame.time_base = count, 1 / rate
                    if count in anew:
                        frame.pict_type = av.video.frame.PictureType.I
                    container.mux(stream.encode(frame))
                    count += 1

                yield add
                container.mux(stream.encode(None))
        except av.FFmpegError as error:
            raise write_error(path, OSError(error.errno, error.strerror)) from error
