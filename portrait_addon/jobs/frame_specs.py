"""A frame to bake, and how it becomes files. A process that only bakes needs no other module."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..pipeline.frame.compositor import Compositor
from ..pipeline.frame.group import Group
from ..pipeline.records.moment import Moment, Shown
from ..pipeline.records.settings import Settings
from .manifest import Written, written
from .outputs import Outputs

Files = dict[str, Written]
"""From what a file of a frame holds, see `outputs`, to what is known of it."""


@dataclass(frozen=True)
class FrameSpec:
    """One frame to bake.

    Attributes
    ----------
    number : int
        Number of the frame's files.
    mix : tuple of Moment
        What the frame shows, of the clips as they were tracked; see `Compositor.frame`.
    settings : Settings
        How it is composed.
    others : tuple of Shown
        What other faces of the picture show, where several are animated.
    """

    number: int
    mix: tuple[Moment, ...]
    settings: Settings
    others: tuple[Shown, ...] = ()

    @property
    def faces(self) -> list[Shown]:
        """What each face shows.

        Returns
        -------
        list of Shown
        """
        return [Shown(self.mix, self.settings), *self.others]


@dataclass(frozen=True, eq=False)
class FrameWriter:
    """Composes frames and writes their files.

    Attributes
    ----------
    compositor : Compositor or Group
        Of the portrait, or of several faces of it.
    specs : sequence of FrameSpec
        All frames to bake.
    outputs : Outputs
        The files of each.
    """

    compositor: Compositor | Group
    specs: Sequence[FrameSpec]
    outputs: Outputs

    def __call__(self, index: int) -> Files:
        """Compose a frame and write its files.

        Parameters
        ----------
        index : int
            Place of the frame in `specs`.

        Returns
        -------
        dict from str to Written
            Hashes and sizes of the files, by what they hold.

        Raises
        ------
        InputError
            If a file cannot be written.
        """
        spec = self.specs[index]
        passes = self.outputs.passes
        if isinstance(self.compositor, Group):
            frame = self.compositor.frame(spec.faces, passes)
        else:
            frame = self.compositor.frame(spec.mix, spec.settings, passes)
        self.outputs.write(frame, spec.number, spec.settings)
        return {name: written(path) for name, path in self.outputs.paths(spec.number).items()}
