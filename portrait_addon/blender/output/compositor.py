"""Render set-up: the frames over the render, a first grading node, the output.

Nothing of the artist's is taken away: whatever fed the output before becomes the background, and a second portrait is
laid over the first.
"""

from __future__ import annotations

from typing import Any

from .. import compat
from ..data import frames

COLUMN = 220
VIEWER = "CompositorNodeViewer"


def set_up(scene: Any, ob: Any) -> Any:
    """Composite a portrait's frames over the scene; done again it only brings the frames up to date.

    Parameters
    ----------
    scene, ob
        The object must have been baked.

    Returns
    -------
    bpy.types.CompositorNodeImage
        The node that shows the frames.
    """
    tree = compat.compositor_tree(scene) or compat.new_compositor_tree(scene)
    picture = sequence_node(tree, ob)
    if picture is None:
        picture = tree.nodes.new("CompositorNodeImage")
        picture.label = ob.name
        lay_over_render(tree, ob, picture.outputs["Image"])
    picture.image = ob.portrait.frames
    frames.place_in_time(picture, ob.portrait)
    return picture


def sequence_node(tree: Any, ob: Any) -> Any | None:
    """The node that shows the object's frames, or None."""
    return next(
        (node for node in tree.nodes if node.type == "IMAGE" and node.image == ob.portrait.frames),
        None,
    )


def lay_over_render(tree: Any, ob: Any, picture: Any) -> None:
    """Lay what a socket gives over what the compositor shows so far, with a node to grade both, and a viewer.

    Parameters
    ----------
    tree, ob
    picture : bpy.types.NodeSocket
        Its node is placed beside the others.
    """
    output = compat.compositor_output(tree)
    background = _background(tree, output)
    fit, over, grade = (tree.nodes.new(f"CompositorNode{kind}") for kind in ("Scale", "AlphaOver", "ColorBalance"))
    grade.label = f"Grade {ob.name}"
    compat.fit_to_render_size(fit)
    behind, in_front = (socket for socket in over.inputs if socket.type == "RGBA")
    tree.links.new(background, behind)
    tree.links.new(picture, fit.inputs["Image"])
    tree.links.new(fit.outputs[0], in_front)
    tree.links.new(over.outputs[0], grade.inputs["Image"])
    tree.links.new(grade.outputs[0], output.inputs[0])
    x, y = output.location
    for column, node in enumerate((picture.node, fit, over, grade)):
        put_in_frame(tree, ob, node)
        node.location = (x + column * COLUMN, y - (200 if column < 2 else 0))
    output.location = (x + 4 * COLUMN + 100, y)
    viewer = next((node for node in tree.nodes if node.bl_idname == VIEWER), None)
    if viewer is None:
        viewer = tree.nodes.new(VIEWER)
        viewer.location = (output.location.x, y - 200)
    tree.links.new(grade.outputs[0], viewer.inputs[0])


def put_in_frame(tree: Any, ob: Any, node: Any) -> None:
    """Put a node into the frame of a portrait's nodes, which bears the portrait's name."""
    frame = next((other for other in tree.nodes if other.type == "FRAME" and other.label == ob.name), None)
    if frame is None:
        frame = tree.nodes.new("NodeFrame")
        frame.label = ob.name
    node.parent = frame


def _background(tree: Any, output: Any) -> Any:
    """What the output shows so far, or else the rendered layer."""
    if output.inputs[0].is_linked:
        return output.inputs[0].links[0].from_socket
    layers = tree.nodes.new("CompositorNodeRLayers")
    layers.location = (output.location.x - COLUMN - 100, output.location.y + 200)
    return layers.outputs["Image"]
