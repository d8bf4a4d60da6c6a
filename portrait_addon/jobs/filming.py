"""From baked frames to a film."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ..media.clip import exact_rate
from ..media.files import shown
from ..media.film import SoundSpan, check_film, film_writer
from ..media.pictures import read_picture
from ..media.stretching import SPEEDS, Passage
from ..pipeline.records.performance import Performance
from ..pipeline.records.progress import Progress
from .driving_file import shows_pictures
from .frame_specs import FrameSpec
from .hearing import heard_of, passages_of, seconds_shown, silent_frames
from .job import Job
from .outputs import Outputs


@dataclass(frozen=True)
class Film:
    """A film that is wanted of the frames.

    Attributes
    ----------
    path : Path
        The MP4 file.
    rate : Fraction, optional
        Frames a second; see `film_rate` if it is left out.
    """

    path: Path
    rate: Fraction | None = None


class FilmJob(Job[Path]):
    """Write baked frames, and the sound of the clips that they show, as a film.

    Parameters
    ----------
    specs : sequence of FrameSpec
        The frames in their order; they were baked.
    outputs : Outputs
        Where they are.
    film : Film
        What is wanted.
    performance : Performance
        Of the driving clip.
    clips : mapping from int to Path
        The clips that may be heard, by the `id` of their performances.
    """

    title = "Film"

    def __init__(
        self,
        specs: Sequence[FrameSpec],
        outputs: Outputs,
        film: Film,
        performance: Performance,
        clips: Mapping[int, Path],
    ) -> None:
        super().__init__()
        self.specs = specs
        self.outputs = outputs
        self.film = film
        self.clips = clips
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
        film, files = self.film, (self.outputs.paths(spec.number)[self.outputs.suffix] for spec in self.specs)
        frames = (read_picture(file).pixels for file in files)
        first = next(frames)
        check_film(film.path, (first.shape[1], first.shape[0]))
        if first.shape[2] == 4:
            self.note(f"{shown(film.path)}: a film has no transparency; the portrait stands before black.")
        with film_writer(film.path, (first.shape[1], first.shape[0]), self.rate, self._sound()) as add, closing(frames):
            add(first)
            yield Progress(1, len(self.specs), "Filming")
            for done, pixels in enumerate(frames, 2):
                add(pixels)
                yield Progress(done, len(self.specs), "Filming")
        return film.path

    def _sound(self) -> SoundSpan | list[Passage]:
        """What is heard while the frames are shown."""
        film, shown_clips = (
            shown(self.film.path),
            {id(moment.performance) for spec in self.specs for moment in spec.mix},
        )
        clips = {of: path for of, path in self.clips.items() if of in shown_clips}
        if clips and not any(shows_pictures(path) for path in clips.values()):
            self.note(f"{film}: has no sound, as a performance and curves have none.")
        heard = {of: found for of, path in clips.items() if (found := heard_of(path)) is not None}
        seconds = seconds_shown(self.specs, self.rate)
        if seconds is not None and heard:  # then it is one clip
            (clip,) = heard.values()
            begin = clip.start + seconds
            return SoundSpan(clip.path, begin, begin + float(len(self.specs) / self.rate))
        passages = passages_of(self.specs, self.rate, heard)
        if silent := silent_frames(passages, len(self.specs)):
            self.note(
                f"{film}: is silent in {silent} frames, where the clip is held, or more than {SPEEDS[1]:.0f} times "
                "slower or faster than it was filmed."
            )
        return passages


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
    return exact_rate(1 / _usual_step(performance))


def _usual_step(performance: Performance) -> float:
    """Seconds from frame to frame; where they vary, of most."""
    return performance.mean_frame_seconds if performance.is_even else performance.frame_seconds


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
    seconds = float(performance.times[-1]) + _usual_step(performance)
    count = max(1, round(seconds * rate))
    return [performance.frame_at(float(number / rate)) for number in range(count)]
