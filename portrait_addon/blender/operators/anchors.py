"""Something to hang a hat on."""

from collections.abc import Callable
from typing import Any

import bpy

from ..running import runner
from .jobs import JobOperator


class PORTRAIT_OT_add_anchors(JobOperator, bpy.types.Operator):
    """Add empties that follow the head and the parts of the face, to parent hats and glasses to"""

    bl_idname = "portrait.add_anchors"
    bl_label = "Add Anchors"
    bl_options = {"UNDO"}

    def starter(self) -> Callable[[Any, Any], runner.RunningJob]:
        """Key the anchors."""

        def start(ob: Any, scene: Any) -> runner.RunningJob:
            from ..running import anchoring  # with all that computes: not before it is needed

            return anchoring.key_anchors(ob, scene)

        return start


CLASSES = (PORTRAIT_OT_add_anchors,)
