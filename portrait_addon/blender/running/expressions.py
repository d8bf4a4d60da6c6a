"""Sliders in the place of a clip: what they say in each frame of a scene becomes a performance.

A take is a clip with a frame for each frame of the scene, so all that a clip can do, blending with reactions included,
it can do as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...jobs.frame_specs import FrameSpec
from ...pipeline.clip.expression_curves import ExpressionCurves, performance_of
from ...pipeline.records.expression import REST, Expression
from ...pipeline.records.performance import Performance
from ...pipeline.timeline.playback import Playback
from ...pipeline.timeline.reactions import Timeline
from . import timing
from .sampling import Sample, sample

FIRST = 2
"""Number of the first pose in a performance. In frame 1 the head rests: so the rest that all frames are counted from is
exactly the same in a take and in the live preview of one of its frames."""


@dataclass(frozen=True, eq=False)
class Take:
    """What the sliders of a portrait do over frames of a scene.

    Attributes
    ----------
    frames : range
        Of the scene.
    samples : sequence of Sample
        One a frame.
    performance : Performance
        A frame at rest, then one for each of them.
    """

    frames: range
    samples: Sequence[Sample]
    performance: Performance

    def specs(self, ob: Any, scene: Any, library: Mapping[str, Performance]) -> list[FrameSpec]:
        """Plan the frames: the file of each, what it shows and its settings."""
        return timing.plan_frames(timeline_of(ob, scene, self.performance, library), self.frames, self.samples)


def take(ob: Any, scene: Any, *, preview_range: bool = True) -> Take:
    """Sample what the sliders of an object say in each frame that a bake makes; see `timing.frames_to_bake`."""
    timeline = timeline_of(ob, scene, performance_of_poses(()), {})
    frames = timing.frames_to_bake(ob, scene, timeline, preview_range=preview_range)
    samples = [replace(sampled, clip_frame=float(FIRST + row)) for row, sampled in enumerate(sample(ob, frames))]
    return Take(frames, samples, performance_of_poses([sampled.pose for sampled in samples]))


def performance_of_poses(poses: Sequence[Expression]) -> Performance:
    """Let a head do what the sliders say, after a frame at rest."""
    rows = [REST, *poses]
    return performance_of(ExpressionCurves.of(np.arange(len(rows), dtype=np.float64), rows))


def timeline_of(ob: Any, scene: Any, performance: Performance, library: Mapping[str, Performance]) -> Timeline:
    """What an object shows, frame by frame: poses that `Sample.clip_frame` tells, and reactions."""
    starts = [scene.frame_start, *([scene.frame_preview_start] if scene.use_preview_range else [])]
    own = timing.timeline_of(ob, scene, performance, library)
    return replace(own, clip=Playback(performance), start=min(starts), retimed=True)
