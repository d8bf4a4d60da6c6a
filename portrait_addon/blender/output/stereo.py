"""A portrait for both eyes of a viewer: an object for each, and the two pictures as an anaglyph."""

from __future__ import annotations

from typing import Any

import bpy

from .. import compat
from ..data import events, frames
from . import compositor

RIGHT_EYE = "living_portrait_right_eye"
"""Names, on the object of the left eye, that of the right one."""

LABEL = "Anaglyph"


def make_pair(ob: Any) -> Any:
    """Let a portrait be seen by the left eye, and a copy of it by the right one.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.

    Returns
    -------
    bpy.types.Object
        The copy: the one that was made before, if there is one. It is not rendered; its frames are.
    """
    right = right_eye_of(ob)
    if right is None:
        right = ob.copy()
        right.name = f"{ob.name} right eye"
        right.hide_render = True
        right.portrait.frames = None
        right.data = ob.data.copy()
        for slot in right.material_slots:
            slot.material = slot.material and slot.material.copy()
        for collection in ob.users_collection:
            collection.objects.link(right)
        ob[RIGHT_EYE] = right
    ob.portrait.stereo_eye, right.portrait.stereo_eye = -1.0, 1.0
    return right


def right_eye_of(ob: Any) -> Any | None:
    """The copy of a portrait that the right eye sees, if there is one in use."""
    right = ob.get(RIGHT_EYE)
    return right if right is not None and right.users_collection else None


def set_up(scene: Any, left: Any, right: Any) -> Any:
    """Composite both pictures over the scene, the left eye's in red, the right eye's in green and blue.

    Done again it only brings the frames up to date; a bake of either eye does so too.

    Parameters
    ----------
    scene : bpy.types.Scene
    left, right : bpy.types.Object
        An eye that was not baked yet shows nothing.

    Returns
    -------
    bpy.types.CompositorNodeCombineColor
        The node that gives the anaglyph.
    """
    tree = compat.compositor_tree(scene) or compat.new_compositor_tree(scene)
    name = f"{LABEL} {left.name}"
    both = tree.nodes.get(name) or _new_nodes(tree, left, name)
    _show(tree, name, left, right)
    return both


def _show(tree: Any, name: str, left: Any, right: Any) -> None:
    """Give the nodes the frames that there are."""
    for part, ob in (("left", left), ("right", right)):
        picture = tree.nodes[f"{name} {part}"]
        picture.image = ob.portrait.frames
        if picture.image is not None:
            frames.place_in_time(picture, ob.portrait)


def show_baked(ob: Any, _baked: events.BakedFrames) -> None:
    """Bring anaglyphs up to date in which an eye is seen that was baked.

    Parameters
    ----------
    ob : bpy.types.Object
    """
    for left in bpy.data.objects:
        right = right_eye_of(left)
        if right is None or ob not in (left, right):
            continue
        name = f"{LABEL} {left.name}"
        for scene in bpy.data.scenes:
            tree = compat.compositor_tree(scene)
            if tree is not None and name in tree.nodes:
                _show(tree, name, left, right)


def _new_nodes(tree: Any, ob: Any, name: str) -> Any:
    both = tree.nodes.new("CompositorNodeCombineColor")
    both.name, both.label = name, LABEL
    for part, channels in (("left", (0,)), ("right", (1, 2))):
        picture, split = (tree.nodes.new(f"CompositorNode{kind}") for kind in ("Image", "SeparateColor"))
        picture.name = picture.label = f"{name} {part}"
        tree.links.new(picture.outputs["Image"], split.inputs[0])
        for channel in channels:
            tree.links.new(split.outputs[channel], both.inputs[channel])
        for column, node in enumerate((picture, split), -2):
            compositor.put_in_frame(tree, ob, node)
            node.location = (column * compositor.COLUMN, 200 if part == "left" else -200)
    compositor.lay_over_render(tree, ob, both.outputs[0])
    return both


SUBSCRIPTIONS: events.Subscriptions = ((events.frames_baked, show_baked),)


def register() -> None:
    """Let anaglyphs follow what is baked."""
    events.subscribe_all(SUBSCRIPTIONS)


def unregister() -> None:
    """Leave anaglyphs as they are."""
    events.unsubscribe_all(SUBSCRIPTIONS)
