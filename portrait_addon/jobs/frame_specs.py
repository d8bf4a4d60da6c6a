"""A frame to bake, and how it becomes files. A process that only bakes needs no other module."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..pipeline.frame.compositor import Compositor, Frame
from ..pipeline.frame.group import Group
from ..pipeline.frame.target_compositor import TargetCompositor
from ..pipeline.imaging.arrays import UInt8Array
from ..pipeline.records.found_mouth import NOT_FOUND, FoundMouth
from ..pipeline.records.moment import Moment, Shown
from ..pipeline.records.settings import Settings, TargetSettings
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

    def extras(self) -> list[Any]:
        """List what else the frame is computed from, for its fingerprint.

        Returns
        -------
        list
            For JSON; empty for a frame of a picture.
        """
        return []


@dataclass(frozen=True)
class TargetSpec(FrameSpec):
    """One frame to bake of a target that moves.

    Attributes
    ----------
    settings : TargetSettings
    target : int
        Number of the frame of the target's clip that it changes, from 1.
    mouth : FoundMouth
        Other frames of the clip that show its mouth.
    """

    settings: TargetSettings
    target: int = 1
    mouth: FoundMouth = NOT_FOUND

    def extras(self) -> list[Any]:
        """List what else the frame is computed from, for its fingerprint.

        Returns
        -------
        list
            For JSON.
        """
        return [self.target, self.mouth]


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
        return write_frame(frame, spec, self.outputs)


@dataclass(frozen=True, eq=False)
class TargetWriter:
    """Composes frames of a target that moves and writes their files.

    Attributes
    ----------
    compositor : TargetCompositor
        Of the target.
    specs : sequence of TargetSpec
        All frames to bake.
    outputs : Outputs
        The files of each.
    """

    compositor: TargetCompositor
    specs: Sequence[TargetSpec]
    outputs: Outputs

    def __call__(self, item: tuple[int, UInt8Array]) -> Files:
        """Compose a frame and write its files.

        Parameters
        ----------
        item : (int, (h, w, 3) uint8 array)
            Place of the frame in `specs`, and the target's frame.

        Returns
        -------
        dict from str to Written
            Hashes and sizes of the files, by what they hold.

        Raises
        ------
        InputError
            If a file cannot be written.
        """
        index, picture = item
        spec, passes = self.specs[index], self.outputs.passes
        frame = self.compositor.frame(picture, spec.target, spec.mix, spec.settings, spec.mouth, passes)
        return write_frame(frame, spec, self.outputs)


def write_frame(frame: Frame, spec: FrameSpec, outputs: Outputs) -> Files:
    """Write the files of a frame.

    Parameters
    ----------
    frame : Frame
    spec : FrameSpec
        What it was composed of.
    outputs : Outputs

    Returns
    -------
    dict from str to Written
        Hashes and sizes of the files, by what they hold.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    outputs.write(frame, spec.number, spec.settings)
    return {name: written(path) for name, path in outputs.paths(spec.number).items()}
