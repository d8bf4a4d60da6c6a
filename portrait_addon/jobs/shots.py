"""A frame to bake, and how it becomes files; all that a process needs which does nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..pipeline.frame.compositor import Compositor
from ..pipeline.records.moment import Moment
from ..pipeline.records.settings import Settings
from .manifest import Written, written
from .outputs import Outputs

Files = dict[str, Written]
"""From what a file of a frame holds, see `outputs`, to what is known of it."""


@dataclass(frozen=True)
class Shot:
    """One frame to bake.

    Attributes
    ----------
    number : int
        Of the file.
    mix : tuple of Moment
        What it shows, of the clips as they were tracked; see `Compositor.frame`.
    settings : Settings
    """

    number: int
    mix: tuple[Moment, ...]
    settings: Settings


@dataclass(frozen=True, eq=False)
class FrameWriter:
    """Composes frames and writes their files.

    Attributes
    ----------
    compositor : Compositor
    shots : sequence of Shot
    outputs : Outputs
    """

    compositor: Compositor
    shots: Sequence[Shot]
    outputs: Outputs

    def __call__(self, index: int) -> Files:
        """Compose and write the frame of a shot, and tell what is to be known of its files.

        Raises
        ------
        InputError
            If one cannot be written.
        """
        shot = self.shots[index]
        frame = self.compositor.frame(shot.mix, shot.settings, self.outputs.passes)
        self.outputs.write(frame, shot.number, shot.settings)
        return {name: written(path) for name, path in self.outputs.paths(shot.number).items()}
