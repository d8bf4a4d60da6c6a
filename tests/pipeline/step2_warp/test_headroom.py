import numpy as np
import pytest

from portrait_addon.pipeline.step2_warp.headroom import CERTAIN, headroom
from portrait_addon.pipeline.tracking.landmarker import BLENDSHAPES

EYES, BROWS, MOUTH = range(3)


def shapes(value=0.0, *names):
    row = np.zeros(len(BLENDSHAPES), np.float32)
    row[[BLENDSHAPES.index(name) for name in names]] = value
    return row


SMILE = ("mouthSmileLeft", "mouthSmileRight")


def test_portrait_at_rest_has_all_its_room():
    for portrait in (shapes(), shapes(CERTAIN, *SMILE)):
        np.testing.assert_allclose(headroom(portrait, shapes(), shapes(0.9, *SMILE)), 1)


def test_smile_is_not_added_to_a_smile():
    some, full = (headroom(shapes(shown, *SMILE), shapes(), shapes(0.8, *SMILE)) for shown in (0.6, 1.0))
    assert 0 <= full[MOUTH] < some[MOUTH] < 1
    assert full[EYES] == full[BROWS] == 1


def test_driver_who_smiles_at_rest_too_changes_nothing():
    both = shapes(0.7, *SMILE)
    assert headroom(both, both, both)[MOUTH] == pytest.approx(1)


def test_other_expressions_stay_whole():
    smiling = shapes(0.9, *SMILE)
    np.testing.assert_array_equal(headroom(smiling, shapes(), shapes(0.8, "jawOpen")), 1)
    np.testing.assert_array_equal(headroom(smiling, shapes(), shapes(0.8, "browDownLeft", "browDownRight")), 1)


def test_room_shrinks_without_a_jump():
    smiling = shapes(0.9, *SMILE)
    rooms = [headroom(smiling, shapes(), shapes(value, *SMILE))[MOUTH] for value in np.linspace(0, 1, 101)]
    assert rooms[0] == 1
    assert (np.diff(rooms) <= 1e-9).all()
    assert np.abs(np.diff(rooms)).max() < 0.03
