"""From baked frames to a film."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..media.clip import exact_rate
from ..media.clips import open_clip
from ..media.files import shown
from ..media.film import SoundSpan, check_film, film_writer
from ..media.pictures import read_picture
from ..media.video import VideoClip
from ..pipeline.records.performance import Performance
from ..pipeline.records.progress import Progress
from .job import Job
from .outputs import Outputs
from .performance_file import is_performance_file
from .shots import Shot


@dataclass(frozen=True)
class Film:
    """A film that is wanted of the frames.

    Attributes
    ----------
    path : Path
        The MP4 file.
    rate : Fraction, optional
        Frames a second; see `film_rate` if it is left out.
    clip : Path
        The driving clip, for its sound.
    """

    path: Path
    clip: Path
    rate: Fraction | None = None


class FilmJob(Job[Path]):
    """Write baked frames and the driving clip's sound as a film.

    Parameters
    ----------
    shots : sequence of Shot
        The frames in their order; they were baked.
    outputs : Outputs
        Where they are.
    film : Film
        What is wanted.
    performance : Performance
        Of the driving clip.
    """

    title = "Film"

    def __init__(self, shots: Sequence[Shot], outputs: Outputs, film: Film, performance: Performance) -> None:
        super().__init__()
        self.shots = shots
        self.outputs = outputs
        self.film = film
        self.performance = performance
        self.rate = film.rate or film_rate(performance)

    def steps(self) -> Generator[Progress, None, Path]:
        """Write the film.

        Yields
        ------
        Progress
            After every frame.

        Returns
        -------
        Path
            The film, which is there only when it is complete.

        Raises
        ------
        InputError
            If a frame cannot be read, or the film cannot be written.
        """
        film, files = self.film, (self.outputs.paths(shot.number)[self.outputs.suffix] for shot in self.shots)
        frames = (read_picture(file).pixels for file in files)
        first = next(frames)
        check_film(film.path, (first.shape[1], first.shape[0]))
        if first.shape[2] == 4:
            self.note(f"{shown(film.path)}: a film has no transparency; the portrait stands before black.")
        with film_writer(film.path, (first.shape[1], first.shape[0]), self.rate, self._sound()) as add, closing(frames):
            add(first)
            yield Progress(1, len(self.shots), "Filming")
            for done, pixels in enumerate(frames, 2):
                add(pixels)
                yield Progress(done, len(self.shots), "Filming")
        return film.path

    def _sound(self) -> SoundSpan | None:
        """What is heard while the frames are shown."""
        if is_performance_file(self.film.clip):
            self.note(f"{shown(self.film.path)}: has no sound, as a performance has none.")
            return None
        clip = open_clip(self.film.clip)
        if not isinstance(clip, VideoClip):
            return None
        if {id(moment.performance) for shot in self.shots for moment in shot.mix} != {id(self.performance)}:
            self.note(f"{shown(self.film.path)}: has no sound, as its frames show other clips than the driving clip.")
            return None
        seconds = seconds_shown(self.shots, self.rate)
        if seconds is None:
            self.note(f"{shown(self.film.path)}: has no sound, as the clip is looped, held or at another speed.")
            return None
        return SoundSpan(
            self.film.clip, clip.start + seconds, clip.start + seconds + float(len(self.shots) / self.rate)
        )


def seconds_shown(shots: Sequence[Shot], rate: Fraction) -> float | None:
    """Find the moment of the clip at which shots begin that show it at its own speed.

    Parameters
    ----------
    shots : sequence of Shot
        In their order, all of one clip.
    rate : Fraction
        Shots a second.

    Returns
    -------
    float or None
        Seconds from the clip's first frame; None if they blend moments, or show another speed, by half a frame.
    """
    moments = [shot.mix[0] for shot in shots if len(shot.mix) == 1]
    if len(moments) < len(shots):
        return None
    clip = moments[0].performance
    seconds = np.interp([moment.t for moment in moments], np.arange(1, clip.frame_count + 1), clip.times)
    even = seconds[0] + np.arange(len(shots)) / float(rate)
    return float(seconds[0]) if np.abs(seconds - even).max() <= 0.5 / float(rate) else None


def film_rate(performance: Performance) -> Fraction:
    """Choose the rate of a film.

    Parameters
    ----------
    performance : Performance
        Of the driving clip.

    Returns
    -------
    Fraction
        The clip's exact rate; where it varies, that of most of its frames.
    """
    step = performance.mean_frame_seconds if performance.is_even else performance.frame_seconds
    return exact_rate(1 / step)


def even_times(performance: Performance, rate: Fraction) -> list[float]:
    """Choose the moments of a clip for frames at an even rate.

    Parameters
    ----------
    performance : Performance
        Of the clip.
    rate : Fraction
        Frames a second.

    Returns
    -------
    list of float
        Clip times in frames, from 1, as many as fill the clip's duration.
    """
    seconds = float(performance.times[-1]) + performance.mean_frame_seconds
    count = max(1, round(seconds * rate))
    return [performance.frame_at(float(number / rate)) for number in range(count)]
