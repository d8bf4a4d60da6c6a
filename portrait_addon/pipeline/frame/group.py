"""One frame of several faces of one picture, each with a driver of its own.

People are painted over what is behind all of them, from far to near, each as a frame of one face paints its person and
its face; see `people`. Far from the others, a frame is the one of the face alone, value by value. Faces that nothing
moves are the portrait, value by value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ..imaging.arrays import BoolArray, Field, Float32Array, ImageArray, Points, UInt8Array
from ..imaging.box import Box
from ..imaging.compositing import parts, strips
from ..imaging.premultiplied import from_premultiplied_float
from ..imaging.raster import remap
from ..imaging.sample_grid import SampleGrid
from ..imaging.scaling import upsample_region
from ..imaging.threads import ComputedOnce, Lockable
from ..portrait.layers import extremes
from ..portrait.people import People, PersonLayer
from ..records.moment import Shown
from ..records.passes import by_face, without_face
from ..records.performance import Performance
from .aov_writer import HALF
from .background import extreme_at
from .canvas import Canvas
from .compositor import LAYERS, Compositor, Frame
from .depth import FrameDepth
from .state import FrameState

SHARES = np.float32(256)
"""Shares of the background are whole numbers of this part of it, so that they sum to exactly 1."""


class Group(Lockable):
    """Composes frames of several faces of one picture.

    As with a `Compositor`, a frame is a pure function of its arguments, and several threads may compose at once.

    Parameters
    ----------
    compositors : sequence of Compositor
        Of portraits with the same picture, each with another face; at least one.
    still : sequence of (478, 3) arrays
        Points of the faces that never move.
    numbers : sequence of int, optional
        Numbers of the faces by which their mattes are named; from 1 if left out.

    Examples
    --------
    >>> import cv2
    >>> from portrait_addon.pipeline import Moment, PreparedPortrait, Settings, analyse, track
    >>> picture = cv2.imread("tests/assets/ford_1888.jpg", cv2.IMREAD_REDUCED_COLOR_2)
    >>> performance = track([(0.0, picture), (0.04, picture)])
    >>> group = Group([Compositor(PreparedPortrait(analyse(picture)))])
    >>> group.frame([Shown((Moment(performance, 1.0),), Settings())]).picture.shape
    (686, 512, 3)
    """

    def __init__(
        self, compositors: Sequence[Compositor], still: Sequence[Points] = (), numbers: Sequence[int] | None = None
    ) -> None:
        super().__init__()
        self.compositors = tuple(compositors)
        self.still = tuple(still)
        self.numbers = tuple(range(1, len(self.compositors) + 1) if numbers is None else numbers)

    def frame(self, faces: Sequence[Shown], passes: Collection[str] = ()) -> Frame:
        """Compose one frame.

        Parameters
        ----------
        faces : sequence of Shown
            What each face shows, in the order of the compositors. One with no weight stays as it is.
        passes : collection of str, optional
            Names of `passes.PASSES` that are wanted too, and of mattes by face, see `passes.by_face`.

        Returns
        -------
        Frame
            Its picture is BGR or BGRA, as the portrait's is; its passes are RGB or RGBA. The pose is the first face's.
        """
        states = [
            compositor.state(face.mix, face.settings) for compositor, face in zip(self.compositors, faces, strict=True)
        ]
        portrait = self.compositors[0].prepared.portrait
        canvas = Canvas(self.people.plate.copy(), [*passes, *map(without_face, passes)])
        self._paint_background(canvas, states)
        for person in self.people.far_to_near:
            if person < len(states) and states[person].moves:
                self._paint_person(canvas, person, states[person])
                for paint in LAYERS[1:]:
                    paint(canvas, states[person])
            else:
                self._paint_still(canvas, person)
        picture = from_premultiplied_float(canvas.picture, portrait.picture)
        if canvas.aovs is None:
            return Frame(picture, states[0].pose)
        return Frame(picture, states[0].pose, self._passes(canvas, states, passes))

    def prepare(self, performances: Iterable[Iterable[Performance]]) -> None:
        """Compute now what frames share, before threads or processes compose them.

        Parameters
        ----------
        performances : iterable of iterable of Performance
            For each face, the clips that its frames show.
        """
        for compositor, clips in zip(self.compositors, performances, strict=True):
            compositor.prepare(clips, False)
        _ = self.people, self._most

    @ComputedOnce
    def people(self) -> People:
        """The picture, taken apart."""
        return People.of([compositor.prepared for compositor in self.compositors], self.still)

    @ComputedOnce
    def _most(self) -> tuple[UInt8Array, ...]:
        """Of each animated person, the largest alpha in and near the cells of the grid on which that one is moved."""
        found = []
        for compositor, layer in zip(self.compositors, self.people.layers, strict=False):
            prepared = compositor.prepared
            found.append(extremes(layer.whole_alpha(prepared.portrait.size), prepared.surround_grid)[0])
        return tuple(found)

    @property
    def _texture(self) -> ImageArray:
        """The portrait, premultiplied."""
        return self.compositors[0].prepared.texture.picture

    def _paint_background(self, canvas: Canvas, states: Sequence[FrameState]) -> None:
        """Paint what is behind all people; near each of them it moves as their settings say."""
        box = self.compositors[0].prepared.portrait.box
        fields = {
            person: (state.prepared.surround_grid, behind)
            for person, state in enumerate(states)
            if not np.array_equal(behind := state.behind, state.prepared.surround_grid.positions())
        }
        if canvas.aovs is not None:
            canvas.aovs.begin(canvas.picture, SampleGrid.of_pixels(box).positions())
        if not fields and canvas.aovs is None:
            return
        for part in strips(box):
            positions = self._blended(fields, part, box)
            layer = remap(self.people.plate, positions, cv2.INTER_LINEAR) if fields else part.cut(self.people.plate)
            self._lay(canvas, None, part, positions, layer, np.full(layer.shape[:2], 255, np.uint8))

    def _blended(self, fields: dict[int, tuple[SampleGrid, Field]], part: Box, box: Box) -> Field:
        """(y, x, 2) positions of the background: near each person, those of that one's own field."""
        still = SampleGrid.of_pixels(part).positions()
        if not fields:
            return still
        shares = np.rint(SHARES * upsample_region(self.people.around, part, box)) / SHARES
        shares = shares.reshape(*still.shape[:2], -1)
        rest, moved = np.ones(still.shape[:2], np.float32), np.zeros_like(still)
        for person, (grid, field) in fields.items():
            rest -= shares[..., person]
            moved += shares[..., person, None] * grid.upsample(field, part)
        return np.asarray(moved + rest[..., None] * still, np.float32)

    def _paint_person(self, canvas: Canvas, person: int, state: FrameState) -> None:
        """Paint a person who moves, in the cells that the face does not cover later; passes need all of them."""
        grid, layer = state.prepared.surround_grid, self.people.layers[person]
        cells = grid.to_cells(state.surround).astype(np.float32)
        shown = extreme_at(self._most[person], cells, cv2.dilate) > 0
        if canvas.aovs is None:
            shown &= ~state.skin.hides(grid)
        for part in parts(grid, shown, canvas.picture):
            positions = grid.upsample(state.surround, part)
            self._lay(canvas, person, part, positions, *layer.sample(positions))

    def _paint_still(self, canvas: Canvas, person: int) -> None:
        """Paint a person who does not move; where that changes nothing, floats must not be rounded either."""
        layer: PersonLayer = self.people.layers[person]
        for part in strips(layer.box):
            colours, alpha = cast(ImageArray, part.of(layer.colours, layer.box)), part.of(layer.alpha, layer.box)
            same = (colours == part.cut(canvas.picture)).all(axis=2)
            self._lay(canvas, person, part, SampleGrid.of_pixels(part).positions(), colours, alpha, same)

    def _lay(
        self,
        canvas: Canvas,
        person: int | None,
        part: Box,
        positions: Field,
        colours: ImageArray,
        alpha: UInt8Array,
        same: BoolArray | None = None,
    ) -> None:
        """Lay a person, or what is behind all, over a part of the frame, but for what is the same; and record it."""
        over = alpha if same is None else np.where(same, np.uint8(0), alpha)
        if canvas.aovs is None:
            canvas.composite_over(part, colours, over)
            return
        shown = part.cut(canvas.picture)
        before, moved = shown.copy(), remap(self._texture, positions, cv2.INTER_LINEAR)
        canvas.composite_over(part, colours, over)
        made = (shown != np.where(alpha[..., None] > HALF, moved, before)).any(axis=2)
        canvas.aovs.layered(person, part, positions, alpha, colours, made, shown)

    def _passes(self, canvas: Canvas, states: Sequence[FrameState], wanted: Collection[str]) -> dict[str, NDArray[Any]]:
        """The passes, and for each face its share of the mattes that are wanted by face."""
        assert canvas.aovs is not None
        first = self.compositors[0].prepared
        shares = [canvas.aovs.share(person) for person in range(len(states))]
        names = {*map(without_face, wanted)}
        person = first.person if "person_matte" in names else None
        depth = _GroupDepth(shares, states) if "depth" in names else None
        passes = canvas.aovs.passes([state.pose.moved for state in states], person, depth)
        for number, share in zip(self.numbers, shares, strict=True):
            for name in tuple(passes):
                if by_face(name, number) in wanted:
                    passes[by_face(name, number)] = (passes[name] * share).astype(passes[name].dtype)
        return {name: passes[name] for name in wanted if name in passes}


class _GroupDepth:
    """The depth of a frame of several people: of each pixel, that of its person; behind all, the first one's."""

    def __init__(self, shares: Sequence[Float32Array], states: Sequence[FrameState]) -> None:
        self.shares = shares
        self.states = states

    def of(self, positions: Field) -> Float32Array:
        """See `FrameDepth.of`."""
        depth, *others = (FrameDepth.of_state(state).of(positions) for state in self.states)
        for share, its_own in zip(self.shares[1:], others, strict=True):
            depth = np.where(share > np.float32(0.5), its_own, depth)
        return depth
