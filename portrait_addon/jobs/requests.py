"""What a job is asked to do: records that the panels and the command line build once and pass on."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

from ..media.pictures import SourceImage
from ..pipeline.editing.corrections import NONE, Corrections
from ..pipeline.imaging.arrays import Points
from ..pipeline.imaging.threads import WORKERS
from ..pipeline.records.performance import Performance
from ..pipeline.records.portrait import Portrait
from .filming import Film
from .frame_specs import FrameSpec
from .outputs import Outputs
from .resting import RestJob
from .tracking import TrackJob


@dataclass(frozen=True)
class Guidance:
    """What a person decided about the points of a portrait and of its driving clip.

    Attributes
    ----------
    face : int
        Which of several faces in the picture is animated; 1 is the largest.
    corrections : Corrections
        Points that were moved or placed by hand.
    """

    face: int = 1
    corrections: Corrections = NONE

    def portrait_text(self) -> str:
        """Write the part that concerns the portrait as text, for fingerprints.

        Returns
        -------
        str
            JSON; empty where nobody decided anything. The face does not count where the points were placed by hand.
        """
        placement = asdict(self.corrections.placement) if self.corrections.placement else None
        decided = [self.face if placement is None else 1, placement, sorted(self.corrections.portrait)]
        return "" if decided == [1, None, []] else json.dumps(decided)


NO_GUIDANCE = Guidance()
"""Nobody decided anything."""


@dataclass(frozen=True)
class BakeOptions:
    """How frames are baked, whatever they show.

    Attributes
    ----------
    outputs : Outputs
        Folder, format and passes of the frames. A missing folder is made. A file that is not of an earlier bake is
        never overwritten.
    guidance : Guidance
        What was decided by hand about the points.
    force : bool
        Compute all frames, also those that are right already.
    earlier : Path, optional
        Folder of an earlier bake: frames in it that are equal are taken over, not computed.
    inputs : collection of Path
        Files that must not be overwritten, even if an earlier bake wrote them.
    workers : int
        Number of threads, or of processes for a long bake. Each composes, encodes and writes whole frames; see
        `ordered_thread_map` and `processes`.
    wait : bool
        Wait while another bake writes into the folder, and then compute what it left; otherwise it is an error.
    shared : bool
        Whether other bakes may write other frames into the folder at the same time.
    """

    outputs: Outputs
    guidance: Guidance = NO_GUIDANCE
    force: bool = False
    earlier: Path | None = None
    inputs: Collection[Path] = ()
    workers: int = WORKERS
    wait: bool = False
    shared: bool = False


@dataclass(frozen=True, eq=False)
class Company:
    """Who else is in a picture of which several faces are animated, each for itself.

    Attributes
    ----------
    members : tuple of Member
        The other faces that are animated, in the order of `FrameSpec.others`.
    still : tuple of (478, 3) arrays
        Points of the faces that nobody animates.
    numbers : tuple of int
        Numbers of all that are animated, the first one's first; mattes by face are named by them.
    """

    members: tuple[Member, ...] = ()
    still: tuple[Points, ...] = ()
    numbers: tuple[int, ...] = (1,)


@dataclass(frozen=True, eq=False)
class Member:
    """Another face of the picture, and what drives it.

    Attributes
    ----------
    portrait : Portrait
        As it was analysed; the corrections are not in it yet.
    performance : Performance
        The driving clip, as it was tracked.
    guidance : Guidance
        What was decided by hand about the points of both.
    """

    portrait: Portrait
    performance: Performance
    guidance: Guidance


@dataclass(frozen=True, eq=False)
class FaceRequest:
    """Another face to animate, and what drives it.

    Attributes
    ----------
    driving : TrackJob, RestJob or Performance
        See `AnimateRequest`.
    guidance : Guidance
        Which face it is, and what was decided by hand about the points.
    library : sequence of TrackJob
        Track other clips that its frames may show.
    """

    driving: TrackJob | RestJob | Performance
    guidance: Guidance
    library: Sequence[TrackJob] = ()

    def drivers(self) -> list[TrackJob | RestJob | Performance]:
        """List the driver, then the library.

        Returns
        -------
        list of TrackJob, RestJob or Performance
        """
        return [self.driving, *self.library]

    def jobs(self) -> list[TrackJob | RestJob]:
        """List what has to be tracked.

        Returns
        -------
        list of TrackJob or RestJob
        """
        return [job for job in self.drivers() if not isinstance(job, Performance)]


@dataclass(frozen=True, eq=False)
class AnimateRequest:
    """A portrait, what drives it, and the frames to make of them.

    Attributes
    ----------
    picture : SourceImage
        The portrait with its masks.
    driving : TrackJob, RestJob or Performance
        Tracks the driving clip, or rests; or what drives the portrait without a clip.
    plan : callable
        Takes the driving performance, then those of the library, then the same of each other face, and returns the
        sequence of frames to bake.
    options : BakeOptions
        How the frames are baked. The files of the clips are added to its inputs.
    library : sequence of TrackJob
        Track other clips that frames may show.
    results : bool
        Whether it is wanted too what the frames show, as numbers.
    film : Film, optional
        To be made of the frames.
    others : sequence of FaceRequest, optional
        Other faces to animate; all faces that are not named then stay still. None animates one face, and all that is
        round it moves with it.
    """

    picture: SourceImage
    driving: TrackJob | RestJob | Performance
    plan: Callable[..., Sequence[FrameSpec]]
    options: BakeOptions
    library: Sequence[TrackJob] = ()
    results: bool = False
    film: Film | None = None
    others: Sequence[FaceRequest] | None = None

    @property
    def faces(self) -> list[FaceRequest]:
        """All faces that are animated, and what drives them.

        Returns
        -------
        list of FaceRequest
        """
        return [FaceRequest(self.driving, self.options.guidance, self.library), *(self.others or ())]

    @property
    def numbers(self) -> tuple[int, ...]:
        """Numbers of all faces that are animated.

        Returns
        -------
        tuple of int
        """
        return distinct(face.guidance.face for face in self.faces)


def distinct(numbers: Iterable[int]) -> tuple[int, ...]:
    """Make the numbers of faces differ, where faces were placed by hand.

    Parameters
    ----------
    numbers : iterable of int
        From 1.

    Returns
    -------
    tuple of int
        Each number that is there already is replaced by the next one that is free.

    Examples
    --------
    >>> distinct([3, 1, 3, 1])
    (3, 1, 4, 2)
    """
    taken: list[int] = []
    for number in numbers:
        taken.append(next(free for free in count(number) if free not in taken))
    return tuple(taken)
