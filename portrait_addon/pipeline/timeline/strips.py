"""Strips of a non-linear animation, played as Blender plays those of an Action [manual, Nonlinear Animation]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..imaging.easing import smoothstep


@dataclass(frozen=True)
class Strip:
    """A part of the timeline in which an Action plays.

    Attributes
    ----------
    start, end : float
        Frames of the scene.
    action_start, action_end : float
        Frames of the Action.
    scale : float
        Frames of the scene a frame of the Action, above 0.
    backwards : bool
    blend_in, blend_out : float
        Frames of the scene over which it comes and goes.
    influence : float
        How far it covers what lies below, 0..1.
    holds_before, holds_after : bool
        Whether its first or last frame is held outside it.
    """

    start: float
    end: float
    action_start: float
    action_end: float
    scale: float = 1.0
    backwards: bool = False
    blend_in: float = 0.0
    blend_out: float = 0.0
    influence: float = 1.0
    holds_before: bool = False
    holds_after: bool = False

    def action_frame(self, frame: float) -> float:
        """Find the frame of the Action that shows in a frame of the scene.

        Parameters
        ----------
        frame : float
            Of the scene.

        Returns
        -------
        float
            From `action_start` to `action_end`.
        """
        length, passed = self.action_end - self.action_start, (min(max(frame, self.start), self.end) - self.start)
        if length <= 0:
            return self.action_start
        into = (passed / self.scale) % length
        if into < 1e-6 and passed > 0 and frame >= self.end:  # the end of the last turn, not the start of one more
            into = length
        return self.action_end - into if self.backwards else self.action_start + into

    def weight(self, frame: float) -> float:
        """Tell how far the strip covers what lies below.

        Parameters
        ----------
        frame : float
            Of the scene.

        Returns
        -------
        float
            0..1. It comes and goes smoothly.
        """
        share = 1.0
        if self.blend_in > 0:
            share = min(share, (frame - self.start) / self.blend_in)
        if self.blend_out > 0:
            share = min(share, (self.end - frame) / self.blend_out)
        return smoothstep(share) * min(max(self.influence, 0.0), 1.0)


def strip_at(strips: Sequence[Strip], frame: float) -> int | None:
    """Choose the strip of a track that shows in a frame.

    Parameters
    ----------
    strips : sequence of Strip
        Of one track, in time; they do not overlap.
    frame : float
        Of the scene.

    Returns
    -------
    int or None
        Row of the strip; None if none shows. Between two strips the first may hold its last frame, and before all of
        them the first one its first.
    """
    latest = None
    for row, strip in enumerate(strips):
        if strip.start <= frame:
            latest = row
    if latest is None:
        return 0 if strips and strips[0].holds_before else None
    strip = strips[latest]
    return latest if frame <= strip.end or strip.holds_after else None
