"""Track clips and analyse portraits, given as arrays, with the networks that come with the package."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from ..models import load_model
from .clip.frame_source import FrameSource
from .clip.recording import track_clip
from .imaging.arrays import ImageArray
from .imaging.threads import WORKERS
from .portrait.analysis import analyse_portrait
from .records.performance import Performance
from .records.portrait import Portrait
from .records.progress import Progress
from .tracking.networks import FaceTrackers, open_segmenter, open_tracker


def track(
    clip: FrameSource,
    *,
    neutral: int | None = None,
    face: int = 1,
    workers: int = WORKERS,
    on_progress: Callable[[Progress], None] | None = None,
) -> Performance:
    """Track the face of a driving clip, and measure everything that portraits take over from it.

    Parameters
    ----------
    clip : iterable of (float, (h, w, 3) uint8 array)
        Time in seconds, increasing, and BGR pixels of each frame; all frames have one size. The frames are read up to
        three times: pass a list, or an object that reads them anew each time, but no iterator.
    neutral : int, optional
        Number of the neutral frame, from 1: the face at rest, from which expressions are counted. Found automatically
        if left out.
    face : int
        Which of several faces to follow. 1 is the largest one in the first frame that shows so many.
    workers : int
        Number of threads, 0 or more; the result does not depend on it.
    on_progress : callable, optional
        Is called with a `Progress` after every frame of either reading.

    Returns
    -------
    Performance
        Its frames count from 1.

    Raises
    ------
    NoFaceError
        If no frame shows a face, or none shows as many as `face`.
    NeutralFrameError
        If `neutral` is outside the clip or shows no face.
    ValueError
        If the clip is an iterator, a frame has the wrong shape or type, or the times do not increase.
    InputError
        If a bundled network is damaged, or the disk of the temporary files is full.

    Examples
    --------
    Two frames at 25 frames a second:

    >>> import cv2
    >>> frames = [cv2.imread("tests/assets/ford_1888.jpg", cv2.IMREAD_REDUCED_COLOR_2)] * 2
    >>> performance = track([(number / 25, frame) for number, frame in enumerate(frames)])
    >>> performance.frame_count, performance.points.shape
    (2, (2, 478, 3))
    """
    steps = track_steps(clip, neutral=neutral, face=face, workers=workers)
    try:
        while True:
            progress = next(steps)
            if on_progress is not None:
                on_progress(progress)
    except StopIteration as end:
        performance: Performance = end.value
        return performance
    finally:
        steps.close()


def track_steps(
    clip: FrameSource, *, neutral: int | None = None, face: int = 1, workers: int = WORKERS
) -> Generator[Progress, None, Performance]:
    """Track a clip step by step, for jobs that can be cancelled; see `track`.

    Parameters
    ----------
    clip : iterable of (float, (h, w, 3) uint8 array)
        See `track`.
    neutral : int, optional
        See `track`.
    face : int
        See `track`.
    workers : int
        See `track`.

    Yields
    ------
    Progress
        After every frame of either reading.

    Returns
    -------
    Performance
        The value of ``yield from``.

    Raises
    ------
    NoFaceError, NeutralFrameError, ValueError, InputError
        See `track`.
    """
    if isinstance(clip, Iterator):
        raise ValueError("a clip is read more than once: pass a list of its frames, not an iterator")
    with (
        FaceTrackers(load_model("face_landmarker.task"), max(workers, 1)) as tracker,
        open_segmenter(load_model("selfie_segmentation.tflite")) as segmenter,
    ):
        return (yield from track_clip(clip, tracker, segmenter, neutral=neutral, face=face, workers=workers))


def analyse(picture: ImageArray, *, face: int = 1) -> Portrait:
    """Find a face in a picture, and measure its points and colours.

    Parameters
    ----------
    picture : (h, w), (h, w, 3) or (h, w, 4) array
        Grey, BGR or BGRA with straight alpha; uint8, uint16, or floats in sRGB with 1 for white.
    face : int
        Number of the face, from 1 for the largest.

    Returns
    -------
    Portrait
        It refers to the picture, which must not be changed afterwards.

    Raises
    ------
    NoFaceError
        If there is no face, or fewer faces than `face`.
    ValueError
        If the picture has a wrong shape, type or range.
    InputError
        If a bundled network is damaged.

    Examples
    --------
    >>> import cv2
    >>> portrait = analyse(cv2.imread("tests/assets/ford_1888.jpg", cv2.IMREAD_REDUCED_COLOR_2))
    >>> portrait.size, portrait.points.shape, portrait.faces
    ((512, 686), (478, 3), 1)
    """
    with open_tracker(load_model("face_landmarker.task")) as tracker:
        return analyse_portrait(picture, tracker, face)
