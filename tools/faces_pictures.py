# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the pictures of ``docs/faces.md`` from the test assets.

``$(make -s python) -m tools.faces_pictures`` makes both.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait_addon.api import track
from portrait_addon.pipeline import Compositor, Moment, PreparedPortrait, Settings
from portrait_addon.pipeline.frame.group import Group
from portrait_addon.pipeline.records.moment import Shown
from portrait_addon.pipeline.records.passes import by_face
from tests.family import TOUCHING, family_picture, portraits_of

ROOT = Path(__file__).resolve().parents[1]
ASSETS, PICTURES = ROOT / "tests" / "assets", ROOT / "docs" / "pictures"
CLIPS = (("demo_expressions_mit.mp4", 135), ("demo_smile_mit.mp4", 45), ("demo_talk_ccby.mp4", 45))
"""Of each face, the largest first: its clip, and the frame that is shown."""

HEIGHT, CUT = 640, slice(180, 1110)
TINTS = ((60, 90, 235), (80, 190, 90), (230, 140, 60))


def main() -> None:
    """Make both pictures."""
    picture = family_picture(ASSETS, TOUCHING, HEIGHT)
    group = Group([Compositor(PreparedPortrait(portrait)) for portrait in portraits_of(picture)])
    shown = [Shown((Moment(track(ASSETS / name), frame),), Settings()) for name, frame in CLIPS]
    mattes = [by_face("person_matte", number) for number in (1, 2, 3)]
    frame = group.frame(shown, mattes)
    save("family", [picture, frame.picture])
    save("mattes", [frame.picture, tinted(frame.picture, [frame.passes[name] for name in mattes])])


def tinted(picture: NDArray[Any], mattes: list[NDArray[Any]]) -> NDArray[Any]:
    """A picture in which each person has a colour."""
    colours = np.zeros(picture.shape)
    for matte, tint in zip(mattes, TINTS, strict=True):
        colours += matte[..., None].astype(np.float64) * np.array(tint)
    return np.asarray(0.55 * picture + 0.45 * colours)


def save(name: str, pictures: list[NDArray[Any]]) -> None:
    """Write pictures side by side."""
    side_by_side = np.hstack([picture[:, CUT] for picture in pictures])
    small = cv2.resize(side_by_side, None, fx=0.65, fy=0.65, interpolation=cv2.INTER_AREA)
    path = PICTURES / f"faces_{name}.jpg"
    cv2.imwrite(str(path), small, [cv2.IMWRITE_JPEG_QUALITY, 86])
    print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
