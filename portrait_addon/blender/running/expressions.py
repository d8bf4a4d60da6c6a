"""Sliders in the place of a clip: what they say in each frame of a scene becomes a performance.

A take is a clip with a frame for each frame of the scene, so all that a clip can do, blending with reactions included,
it can do as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import bpy
import numpy as np

from ...jobs.frame_specs import FrameSpec
from ...pipeline.clip.expression_curves import ExpressionCurves, performance_of
from ...pipeline.records.expression import REST, UNITS, Expression
from ...pipeline.records.performance import Performance
from ...pipeline.timeline.playback import Playback
from ...pipeline.timeline.reactions import Timeline
from ...pipeline.timeline.rig_channels import sparse_keys
from ..data.drive import HEAD
from ..data.frame_rate import scene_rate
from ..output import pose_actions
from ..output.keying import put_keys
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


def take(ob: Any, scene: Any, *, preview_range: bool = True, frames: range | None = None) -> Take:
    """Sample what the sliders of an object say in some frames, or each that a bake makes; see `frames_to_bake`."""
    if frames is None:
        timeline = timeline_of(ob, scene, performance_of_poses(()), {})
        frames = timing.frames_to_bake(ob, scene, timeline, preview_range=preview_range)
    samples = [replace(sampled, clip_frame=float(FIRST + row)) for row, sampled in enumerate(sample(ob, frames))]
    return Take(frames, samples, performance_of_poses([sampled.pose for sampled in samples]))


def curves_of_sliders(ob: Any, scene: Any) -> ExpressionCurves:
    """What the sliders of an object say, idle included, in each frame of the scene's range or preview range."""
    preview = scene.use_preview_range
    first = scene.frame_preview_start if preview else scene.frame_start
    last = scene.frame_preview_end if preview else scene.frame_end
    poses = [sampled.pose for sampled in sample(ob, range(first, last + 1))]
    return ExpressionCurves.of(np.arange(len(poses)) / float(scene_rate(scene)), poses)


def key_sliders(ob: Any, scene: Any, curves: ExpressionCurves, tolerance: float) -> int:
    """Key the sliders of an object as curves say, from the scene's frame on.

    Parameters
    ----------
    ob : bpy.types.Object
    scene : bpy.types.Scene
    curves : ExpressionCurves
    tolerance : float
        How far straight lines between the keys may be from a value; 0 gives a key a frame.

    Returns
    -------
    int
        Number of sliders that are keyed: those that move, and those that have keys already.
    """
    frames = scene.frame_current + (curves.times - curves.times[0]) * float(scene_rate(scene))
    moved = dict(zip(HEAD, np.column_stack([curves.angles, curves.shifts, curves.scales]).T, strict=False))
    rows = dict(zip(UNITS, curves.weights.T, strict=True)) | moved
    action = ob.animation_data_create().action or bpy.data.actions.new(f"{ob.name} expressions")
    known = {curve.data_path for curve in pose_actions.curves_of(action)}
    keyed = 0
    for name, values in rows.items():
        path, rest = f"{pose_actions.PATH}{name}", 1.0 if name == "size" else 0.0
        if path in known or (values != rest).any():
            kept = sparse_keys(values, tolerance) if tolerance else np.arange(len(values))
            put_keys(action, ob, path, 0, frames[kept], values[kept])
            keyed += 1
    ob.update_tag()
    return keyed


def performance_of_poses(poses: Sequence[Expression]) -> Performance:
    """Let a head do what the sliders say, after a frame at rest."""
    rows = [REST, *poses]
    return performance_of(ExpressionCurves.of(np.arange(len(rows), dtype=np.float64), rows))


def timeline_of(ob: Any, scene: Any, performance: Performance, library: Mapping[str, Performance]) -> Timeline:
    """What an object shows, frame by frame: poses that `Sample.clip_frame` tells, and reactions."""
    starts = [scene.frame_start, *([scene.frame_preview_start] if scene.use_preview_range else [])]
    own = timing.timeline_of(ob, scene, performance, library)
    return replace(own, clip=Playback(performance), start=min(starts), retimed=True)
