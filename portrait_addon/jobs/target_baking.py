"""Frames of a target that moves, into a folder: its clip is decoded frame by frame, and never held."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing

from ..errors import InputError
from ..media.clip import Clip
from ..media.files import shown
from ..pipeline.frame.target_compositor import TargetCompositor
from ..pipeline.imaging.arrays import UInt8Array
from ..pipeline.records.performance import Performance
from .baking import AHEAD, PIXELS_AT_ONCE, Fingerprints, FrameBakeJob, FrameWork, corrected_specs
from .frame_specs import FrameSpec, TargetSpec, TargetWriter
from .performance_file import performance_fingerprint
from .requests import BakeOptions


class TargetBakeJob(FrameBakeJob):
    """Bake frames of a target that moves into a folder.

    Parameters
    ----------
    clip : Clip
        The target.
    compositor : TargetCompositor
        Of the target.
    performance : Performance
        The driving clip, as it was tracked. The corrections move its points.
    specs : sequence of TargetSpec
        The frames to bake; every number once.
    options : BakeOptions
        Where and how.
    """

    def __init__(
        self,
        clip: Clip,
        compositor: TargetCompositor,
        performance: Performance,
        specs: Sequence[TargetSpec],
        options: BakeOptions,
    ) -> None:
        super().__init__(specs, options)
        self.clip = clip
        self.compositor = compositor
        self.performance = performance

    def fingerprints(self) -> Fingerprints:
        """Take the fingerprints of what all frames are made of: of the target, its file and what was tracked in it.

        Returns
        -------
        Fingerprints
        """
        of_target = f"{self.clip.fingerprint()} {performance_fingerprint(self.compositor.target)}"
        corrections = self.options.guidance.corrections.clip
        neutrals = tuple(self.performance.neutrals)
        return Fingerprints(of_target, performance_fingerprint(self.performance), "", corrections, neutrals)

    @property
    def faces(self) -> int:
        """Number of faces found in the target; one of them is animated."""
        return self.compositor.target.faces

    def work(self, due: Sequence[FrameSpec]) -> FrameWork:
        """Compute what all frames share, and decode the target's clip as they need it.

        Parameters
        ----------
        due : sequence of TargetSpec
            The frames to make.

        Returns
        -------
        FrameWork

        Raises
        ------
        InputError
            If the target's clip cannot be read.
        """
        wanted = {spec.number for spec in due}
        specs = [
            spec
            for spec in corrected_specs(self.specs, self.performance, self.options.guidance.corrections)
            if isinstance(spec, TargetSpec) and spec.number in wanted
        ]
        specs.sort(key=lambda spec: spec.target)
        self.compositor.prepare({moment.performance for spec in specs for moment in spec.mix})
        width, height = self.clip.size
        ahead = min(AHEAD, max(1, PIXELS_AT_ONCE // (width * height)))  # each holds a picture
        return FrameWork(
            TargetWriter(self.compositor, specs, self.options.outputs), self._items(specs), width * height, ahead
        )

    def _items(self, specs: Sequence[TargetSpec]) -> Generator[tuple[int, tuple[int, UInt8Array]], None, None]:
        """Numbers of the frames, each with its place in `specs` and the target's picture."""
        with closing(pictures(self.clip, [spec.target for spec in specs])) as decoded:
            for place, (spec, picture) in enumerate(zip(specs, decoded, strict=True)):
                yield spec.number, (place, picture)


def pictures(clip: Clip, numbers: Sequence[int]) -> Generator[UInt8Array, None, None]:
    """Read some frames of a clip.

    Parameters
    ----------
    clip : Clip
    numbers : sequence of int
        Of the frames, from 1; they do not decrease.

    Yields
    ------
    (h, w, 3) uint8 array
        BGR.

    Raises
    ------
    InputError
        If the clip ends earlier.
    """
    frames = iter(clip)
    at, picture = 0, None
    for number in numbers:
        while at < number:
            _, picture = next(frames, (0.0, None))
            at += 1
            if picture is None:
                raise InputError(f"{shown(clip.path)}: frame {at} cannot be read; it was there when it was tracked.")
        assert picture is not None
        yield picture
