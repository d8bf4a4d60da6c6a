from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.frame.expression_limits import CERTAIN, CLOSED_GAP, expression_limits, room_to_open
from portrait_addon.pipeline.records.face import BLENDSHAPES

EYES, BROWS, MOUTH = range(3)


def shapes(value: float = 0.0, *names: str) -> NDArray[Any]:
    row = np.zeros(len(BLENDSHAPES), np.float32)
    row[[BLENDSHAPES.index(name) for name in names]] = value
    return row


SMILE = ("mouthSmileLeft", "mouthSmileRight")


def test_portrait_at_rest_has_all_its_room() -> None:
    for portrait in (shapes(), shapes(CERTAIN, *SMILE)):
        np.testing.assert_allclose(expression_limits(portrait, shapes(), shapes(0.9, *SMILE)), 1)


@pytest.mark.parametrize(("shown", "limited"), [(0.25, False), (0.38, True)])
def test_faint_scores_of_a_portrait_are_rest(shown: float, limited: bool) -> None:
    smile = expression_limits(shapes(shown, *SMILE), shapes(), shapes(0.9, *SMILE))[MOUTH]
    assert (smile < 1) == limited


@pytest.mark.parametrize(("smile", "counts"), [(0.4, True), (0.55, False)])
def test_a_driver_in_full_action_does_nothing_else_in_that_region(smile: float, counts: bool) -> None:
    """On a portrait that smiles as much as it can, lips of a driver who smiles fully stay as they are."""
    limit = expression_limits(shapes(1.0, *SMILE), shapes(), shapes(smile, *SMILE))[MOUTH]
    assert (limit > 0) == counts


def test_smile_is_not_added_to_a_smile() -> None:
    some, full = (expression_limits(shapes(shown, *SMILE), shapes(), shapes(0.8, *SMILE)) for shown in (0.6, 1.0))
    assert 0 <= full[MOUTH] < some[MOUTH] < 1
    assert full[EYES] == full[BROWS] == 1


def test_driver_who_smiles_at_rest_too_changes_nothing() -> None:
    both = shapes(0.7, *SMILE)
    assert expression_limits(both, both, both)[MOUTH] == pytest.approx(1)


@pytest.mark.parametrize("action", [SMILE, ("mouthPucker",), ("jawOpen",)])
@pytest.mark.parametrize("rest", [0.5, 0.95])
def test_an_expression_at_rest_that_both_faces_show_takes_no_room(action: tuple[str, ...], rest: float) -> None:
    """A smiling driver who animates a picture of himself smiles on, purses and opens his mouth as he did."""
    both = shapes(rest, *SMILE)
    np.testing.assert_allclose(expression_limits(both, both, np.maximum(both, shapes(1.0, *action))), 1)
    np.testing.assert_allclose(expression_limits(both, both, shapes(1.0, *action)), 1)


def test_other_expressions_stay_whole() -> None:
    smiling = shapes(0.9, *SMILE)
    np.testing.assert_array_equal(expression_limits(smiling, shapes(), shapes(0.8, "jawOpen")), 1)
    np.testing.assert_array_equal(expression_limits(smiling, shapes(), shapes(0.8, "browDownLeft", "browDownRight")), 1)


def test_room_shrinks_without_a_jump() -> None:
    smiling = shapes(0.9, *SMILE)
    rooms = [expression_limits(smiling, shapes(), shapes(value, *SMILE))[MOUTH] for value in np.linspace(0, 1, 101)]
    assert rooms[0] == 1
    assert (np.diff(rooms) <= 1e-9).all()
    assert np.abs(np.diff(rooms)).max() < 0.03


def test_lips_that_smile_do_not_purse() -> None:
    pursing = shapes(0.8, "mouthPucker")
    assert expression_limits(shapes(0.9, *SMILE), shapes(), pursing)[MOUTH] < 0.3
    assert expression_limits(shapes(), shapes(), pursing)[MOUTH] == 1


def test_a_closed_mouth_opens_by_the_drivers_gap() -> None:
    assert room_to_open(0.9 * CLOSED_GAP, 0.2) == 1


@pytest.mark.parametrize(("gap", "open_at_rest"), [(0.025, False), (0.035, True)])
def test_lips_that_are_a_hair_apart_are_closed(gap: float, open_at_rest: bool) -> None:
    assert (room_to_open(gap, 0.2) < 1) == open_at_rest


def test_an_open_mouth_ends_little_wider_than_the_wider_of_both() -> None:
    own = 0.1
    for opened in (0.1, 0.2, 0.4):
        both = own + opened * room_to_open(own + CLOSED_GAP, opened)
        assert max(own, opened) < both == pytest.approx(np.hypot(own, opened))


def test_an_open_mouth_opens_without_a_jump() -> None:
    opened = np.linspace(-0.1, 0.4, 501)
    ends = [gap * room_to_open(0.15, gap) for gap in opened]
    assert (np.diff(ends) > -1e-3).all()
    assert np.abs(np.diff(ends)).max() < 2e-3
