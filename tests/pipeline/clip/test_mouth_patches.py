"""The driver's teeth, told from his tongue."""

import numpy as np
import pytest

from portrait_addon.pipeline.clip.mouth_patches import OpenMouth
from portrait_addon.pipeline.face.palette import Palette
from portrait_addon.pipeline.imaging.colour import linear_to_srgb_clipped

WHITE = np.full(3, 0.8, np.float32)
PALETTE = Palette(WHITE, np.float32([0.1, 0.1, 0.3]), 0.02, 0.9, 0.5, WHITE)


@pytest.mark.parametrize(("light", "teeth"), [(0.42, True), (0.38, False)])
def test_what_is_half_as_bright_as_the_white_of_the_eyes_is_teeth(light: float, teeth: bool) -> None:
    seen = np.full((500, 3), light, np.float32) * np.float32([0.9, 1.0, 1.1])
    mouth = OpenMouth()
    mouth.add(linear_to_srgb_clipped(seen))
    found = mouth.complete(PALETTE).teeth
    np.testing.assert_allclose(found, seen[0] if teeth else WHITE, rtol=0.01)
