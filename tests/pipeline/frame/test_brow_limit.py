from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.pipeline.frame.brow_limit import CERTAIN, brow_limit
from portrait_addon.pipeline.records.face import BLENDSHAPES

RAISED = ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")
LOWERED = ("browDownLeft", "browDownRight")


def shapes(value: float = 0.0, *names: str) -> NDArray[Any]:
    row = np.zeros(len(BLENDSHAPES), np.float32)
    row[[BLENDSHAPES.index(name) for name in names]] = value
    return row


def test_portrait_at_rest_has_all_its_room() -> None:
    for portrait in (shapes(), shapes(CERTAIN, *RAISED)):
        assert brow_limit(portrait, shapes(), shapes(0.9, *RAISED)) == pytest.approx(1)


@pytest.mark.parametrize(("shown", "limited"), [(0.25, False), (0.38, True)])
def test_faint_scores_of_a_portrait_are_rest(shown: float, limited: bool) -> None:
    assert (brow_limit(shapes(shown, *RAISED), shapes(), shapes(0.9, *RAISED)) < 1) == limited


@pytest.mark.parametrize(("raised", "counts"), [(0.4, True), (0.55, False)])
def test_a_driver_in_full_action_leaves_brows_that_have_no_room(raised: float, counts: bool) -> None:
    limit = brow_limit(shapes(1.0, *RAISED), shapes(), shapes(raised, *RAISED))
    assert (limit > 0) == counts


@pytest.mark.parametrize("action", [RAISED, LOWERED])
def test_an_action_is_not_added_to_itself(action: tuple[str, ...]) -> None:
    some, full = (brow_limit(shapes(shown, *action), shapes(), shapes(0.8, *action)) for shown in (0.6, 1.0))
    assert 0 <= full < some < 1


def test_other_actions_stay_whole() -> None:
    raised = shapes(0.9, *RAISED)
    assert brow_limit(raised, shapes(), shapes(0.8, *LOWERED)) == 1
    assert brow_limit(raised, shapes(), shapes(0.8, "jawOpen")) == 1


@pytest.mark.parametrize("rest", [0.5, 0.95])
def test_an_expression_at_rest_that_both_faces_show_takes_no_room(rest: float) -> None:
    both = shapes(rest, *RAISED)
    assert brow_limit(both, both, both) == pytest.approx(1)
    assert brow_limit(both, both, shapes(1.0, *RAISED)) == pytest.approx(1)


def test_room_shrinks_without_a_jump() -> None:
    raised = shapes(0.9, *RAISED)
    rooms = [brow_limit(raised, shapes(), shapes(value, *RAISED)) for value in np.linspace(0, 1, 101)]
    assert rooms[0] == 1
    assert (np.diff(rooms) <= 1e-9).all()
    assert np.abs(np.diff(rooms)).max() < 0.03
