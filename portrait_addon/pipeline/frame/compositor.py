"""One frame: a portrait, settings, and a moment of a clip or a mix of several.

A frame is painted in layers, back to front. Each layer is a module of this folder with a function
``paint(canvas, state)``; `LAYERS` lists them in their order.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from ..clip.mouth_patches import mouth_blur
from ..face.pose import Pose
from ..imaging.arrays import ImageArray
from ..imaging.premultiplied import from_premultiplied_float
from ..pair.pair import Pair
from ..portrait.prepared import PreparedPortrait
from ..records.moment import Mix, Moment
from ..records.performance import Performance
from ..records.settings import Settings
from . import background, eyes, far_rim, folds, lids, mouth, mouth_corners, own_mouth, skin, still
from .camera_view import viewpoint_of
from .canvas import Canvas
from .depth import FrameDepth
from .mouth_opening import shows_too_little
from .result import Result
from .state import FrameState, moved_points

Layer = Callable[[Canvas, FrameState], None]

LAYERS: tuple[Layer, ...] = (
    background.paint,  # everything outside the face: the person over a clean plate, or one smooth field
    skin.paint,  # the face mesh, far to near, shaded by the ratio images
    far_rim.paint,  # the far cheek of a turned face as it comes into sight, without what was behind it
    folds.paint,  # what a smile that has come to rest has left beside the mouth
    mouth_corners.paint,  # where it opens or purses, skin instead of the line that closed lips draw beside it
    eyes.paint,  # the eyes, seen between the lids; lids that close cover an eye, they do not squash it
    lids.paint,  # closing lids that the portrait does not show
    own_mouth.paint,  # the portrait's own teeth, which stay with the skull
    mouth.paint,  # the inside of the mouth, seen between the lips
    still.paint,  # what an artist has painted to stay as it is
)
"""Layers of a frame, back to front."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A composed picture, and the passes that were asked for.

    Attributes
    ----------
    picture : (h, w, c) array
        Size, type and channels are the portrait's.
    pose : Pose
        The portrait's points at rest and in the frame.
    passes : dict
        By their names in `passes.PASSES`: mattes (h, w), all else (h, w, 3) RGB or (h, w, 4) RGBA, premultiplied and in
        linear light; float16, but the ST map float32.
    """

    picture: ImageArray = field(repr=False)
    pose: Pose
    passes: dict[str, NDArray[Any]] = field(repr=False, default_factory=dict)


class Compositor:
    """Composes frames of one portrait.

    A frame is a pure function of the portrait, the mix and the settings: no frame needs another. Several threads may
    compose at once. What a portrait and a clip share is kept until either is gone.

    Parameters
    ----------
    prepared : PreparedPortrait
        The portrait; frames have its size, type and channels.

    Examples
    --------
    >>> import cv2
    >>> from portrait_addon.pipeline import analyse, track
    >>> picture = cv2.imread("tests/assets/ford_1888.jpg", cv2.IMREAD_REDUCED_COLOR_2)
    >>> performance = track([(0.0, picture), (0.04, picture)])
    >>> compositor = Compositor(PreparedPortrait(analyse(picture)))
    >>> compositor.frame([Moment(performance, 1.5)], Settings(expression=0.8)).picture.shape
    (686, 512, 3)
    """

    def __init__(self, prepared: PreparedPortrait) -> None:
        self.prepared = prepared
        self._pairs: WeakKeyDictionary[Performance, tuple[Pair, ...]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def frame(self, mix: Mix, settings: Settings, passes: Collection[str] = ()) -> Frame:
        """Compose one frame.

        Points and warp fields of several moments are blended, ratio images multiplied by powers, and mouths shown with
        a share each.

        Parameters
        ----------
        mix : sequence of Moment
            Their weights sum to at most 1; the rest is the portrait at rest.
        settings : Settings
            Strengths of what the portrait takes over.
        passes : collection of str, optional
            Names of `passes.PASSES` that are wanted too.

        Returns
        -------
        Frame
            Its picture is BGR or BGRA, as the portrait's is; its passes are RGB or RGBA.
        """
        state = self.state(mix, settings)
        canvas = Canvas(np.empty_like(self.prepared.texture.picture), passes)
        for paint in LAYERS:
            paint(canvas, state)
        picture = from_premultiplied_float(canvas.picture, self.prepared.portrait.picture)
        if canvas.aovs is None:
            return Frame(picture, state.pose)
        person = self.prepared.person if "person_matte" in passes else None
        depth = FrameDepth.of_state(state) if "depth" in passes else None
        return Frame(picture, state.pose, canvas.aovs.passes([state.pose.moved], person, depth))

    def state(self, mix: Mix, settings: Settings) -> FrameState:
        """Decide about a frame before its first pixel.

        Parameters
        ----------
        mix : sequence of Moment
            See `frame`.
        settings : Settings

        Returns
        -------
        FrameState
        """
        return FrameState.of(self.prepared, *self._shown(mix), settings)

    def result(self, mix: Mix, settings: Settings) -> Result:
        """Tell what a frame shows, as numbers. This is quicker than a frame, and the same at any size.

        Parameters
        ----------
        mix : sequence of Moment
            See `frame`.
        settings : Settings

        Returns
        -------
        Result
        """
        portrait = self.prepared.portrait
        mix, pairs = self._shown(mix)
        if self.prepared.rigid_parts:  # they may follow the surround, which takes longest
            pose = self.state(mix, settings).pose
        else:
            face, _ = moved_points(self.prepared, mix, pairs, settings)
            view = viewpoint_of(self.prepared, settings)
            pose = Pose(portrait.points, face if view is None else self.prepared.point_depth.face_from(view, face))
        return Result.of(pose, self.prepared, mix, settings)

    def _shown(self, mix: Mix) -> tuple[Mix, list[Pair]]:
        """The moments that have any weight, each within its shot, and the pair of each."""
        mix = [moment for moment in mix if moment.weight > 0]
        return [moment.within_shot() for moment in mix], [self.pair(moment) for moment in mix]

    def pair(self, moment: Moment) -> Pair:
        """Match the portrait with the shot of a clip that a moment shows.

        Parameters
        ----------
        moment : Moment

        Returns
        -------
        Pair
        """
        return self._pairs_of(moment.performance)[moment.performance.shot_at(moment.t)[0]]

    def mouth_too_blurred(self, performance: Performance) -> bool:
        """Tell whether a clip shows the driver's mouth too small, too blurred or never, for the portrait's full size.

        Parameters
        ----------
        performance : Performance

        Returns
        -------
        bool
            Where it does, a modelled mouth is shown unless the settings say otherwise.
        """
        return shows_too_little(self._pairs_of(performance)[0].mouth_blur, self.prepared.full_unit)

    def _pairs_of(self, performance: Performance) -> tuple[Pair, ...]:
        """The portrait with each shot of a clip, matched once."""
        with self._lock:
            if performance not in self._pairs:
                portrait, blur = self.prepared.portrait, mouth_blur(performance)
                self._pairs[performance] = tuple(Pair.of(portrait, shot, blur) for shot in performance.shots)
            return self._pairs[performance]

    def prepare(self, performances: Iterable[Performance], locked: bool) -> None:
        """Compute now what frames share, before threads or processes compose them.

        Parameters
        ----------
        performances : iterable of Performance
            Clips that the frames show.
        locked : bool
            Whether some frame locks the background.
        """
        self.prepared.prepare(locked)
        for performance in performances:
            if self.mouth_too_blurred(performance):
                _ = self.prepared.mouth_model
            if performance.of_numbers:
                _ = self.prepared.crease_strength

    def __getstate__(self) -> dict[str, Any]:
        return {"prepared": self.prepared, "pairs": list(self._pairs.items())}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["prepared"])  # type: ignore[misc]
        self._pairs.update(state["pairs"])
