"""Where Blender 4.5 and 5.2 differ. No other file asks which Blender it is in."""

from __future__ import annotations

from typing import Any

import bpy


def compositor_tree(scene: Any) -> Any | None:
    """The scene's compositor node tree, or None if it has none that is in use."""
    if hasattr(scene, "compositing_node_group"):  # 5.0 on
        return scene.compositing_node_group
    return scene.node_tree if scene.use_nodes else None


def new_compositor_tree(scene: Any) -> Any:
    """Give a scene without compositor tree an empty one."""
    if hasattr(scene, "compositing_node_group"):
        tree = bpy.data.node_groups.new("Compositing", "CompositorNodeTree")
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        scene.compositing_node_group = tree
        return tree
    scene.use_nodes = True
    scene.node_tree.nodes.clear()
    return scene.node_tree


def compositor_output(tree: Any) -> Any:
    """The node whose first input is what is rendered; made if there is none."""
    kind = "NodeGroupOutput" if bpy.app.version >= (5, 0, 0) else "CompositorNodeComposite"
    found = [node for node in tree.nodes if node.bl_idname == kind]
    return next((node for node in found if _is_active_output(node)), found[0] if found else tree.nodes.new(kind))


def _is_active_output(node: Any) -> bool:
    return bool(getattr(node, "is_active_output", True))


def fit_to_render_size(scale: Any) -> None:
    """Make a compositor Scale node fit its picture into the render's frame, proportions kept."""
    if hasattr(scale, "space"):
        scale.space, scale.frame_method = "RENDER_SIZE", "FIT"
    else:  # 5.0 on: options are sockets
        scale.inputs["Type"].default_value = "Render Size"
        scale.inputs["Frame Type"].default_value = "Fit"


def show_in_sequencers(scene: Any) -> None:
    """Let the sequencers of workspaces that have no scene show a scene's strips; without one, nothing is rendered."""
    for workspace in bpy.data.workspaces:
        if hasattr(workspace, "sequencer_scene") and workspace.sequencer_scene is None:  # 5.0 on
            workspace.sequencer_scene = scene


FIVE = bpy.app.version >= (5, 0, 0)
GAMMA = "ShaderNodeGamma" if FIVE else "CompositorNodeGamma"
MATH = "ShaderNodeMath" if FIVE else "CompositorNodeMath"
SEPARATE_XYZ = "ShaderNodeSeparateXYZ" if FIVE else "CompositorNodeSeparateXYZ"
LOOKS_UP_BICUBICALLY = FIVE
"""Whether a compositor's Map UV node can."""


def set_option(node: Any, name: str, value: str, socket: str, item: str) -> None:
    """Choose an option of a compositor node: a property before 5.0, the item of a menu socket since."""
    if socket in node.inputs and node.inputs[socket].type == "MENU":
        node.inputs[socket].default_value = item
    else:
        setattr(node, name, value)


def working_space(convert: Any) -> str:
    """What a compositor's Convert Colorspace node calls the space that all is composited in; empty before 5.0."""
    names = convert.bl_rna.properties["from_color_space"].enum_items.keys()
    return "scene_linear" if "scene_linear" in names else ""


def continue_border(node: Any) -> None:
    """Let a compositor node continue its picture beyond the border, where it can be told to."""
    for socket in ("Extension X", "Extension Y"):
        if socket in node.inputs:
            node.inputs[socket].default_value = "Extend"
    if hasattr(node, "alpha"):  # Map UV before 5.0: keep what is strongly stretched opaque
        node.alpha = 0


def place_sound(strip: Any, start: int, skipped: int, heard: int | None) -> None:
    """Let a sound strip begin at a frame, with its first frames skipped; `heard` frames long, or to its end."""
    if hasattr(strip, "content_start"):  # 5.2 on; the older names are to go
        strip.left_handle_offset = strip.right_handle_offset = 0
        strip.content_start = start - skipped
        strip.left_handle_offset = skipped
        if heard is not None:
            strip.right_handle_offset = max(0, strip.content_duration - skipped - heard)
    else:
        strip.frame_offset_start = strip.frame_offset_end = 0
        strip.frame_start = start - skipped
        strip.frame_offset_start = skipped
        if heard is not None:
            strip.frame_offset_end = max(0, strip.frame_duration - skipped - heard)
