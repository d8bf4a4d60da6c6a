"""The animation rebuilt in the compositor, from the portrait itself and its passes.

The node group does with nodes what `pipeline.passes` says: the portrait is looked up through the ST map and shaded,
and the two layers are laid over it. The portrait may have any size: the passes are enlarged to it, so that the picture
is as sharp as the portrait is.

A bake looks faces up in a copy that cubic convolution has enlarged, in the picture as encoded. Blender's bicubic lookup
is a B-spline, which blurs; some sharpening beforehand makes up for it. Blender 4.5 knows no such lookup: there the
portrait is enlarged first, by the B-spline.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ...pipeline.records.passes import PASSES
from .. import compat
from ..data import frames
from ..data.colour_spaces import encoded_space, linear_space, say_linear_rec709
from . import compositor

GROUP, ENCODE, DECODE = "Living Portrait", "Living Portrait Encode", "Living Portrait Decode"

SHARPENING = (0.12, 0.08)
"""Shares of diamond kernels, one after the other, that turn the B-spline into the lookup of a bake [fitted]."""

ENLARGED_PIXELS = 25_000_000
"""Up to about this size Blender 4.5 enlarges a portrait before the lookup."""

PORTRAIT, STRENGTH, SAMPLING = "Portrait", "Wrinkles", "Sampling"
LABELS = {item.name: item.label for item in PASSES}
LAYERS = ("patches", "mouth")
MATTES = ("face_matte", "mouth_matte", "person_matte")
INPUTS = ("st_map", "shading", *LAYERS, *MATTES)

COLUMN, ROW = 200, 260
IMAGE_COLUMN, IMAGE_ROW = 260, 370


def set_up(scene: Any, ob: Any) -> Any:
    """Rebuild an object's animation in the scene's compositor; done again it only brings the passes up to date.

    Parameters
    ----------
    scene, ob
        The object must have been baked with an ST map.

    Returns
    -------
    bpy.types.CompositorNodeGroup
    """
    tree = compat.compositor_tree(scene) or compat.new_compositor_tree(scene)
    node = group_node(tree, ob) or _new_group_node(tree, ob)
    portrait = _image_node(tree, ob, node, PORTRAIT)
    portrait.image = ob.portrait.portrait
    tree.links.new(portrait.outputs["Image"], node.inputs[PORTRAIT])
    sources: dict[Path, Any] = {}
    for name, path in baked_passes(ob).items():
        if name in INPUTS:
            if path not in sources:
                source = sources[path] = _image_node(tree, ob, node, LABELS[name])
                source.image = frames.load_sequence(path, data=name not in LAYERS)
                if name in LAYERS and not ob.portrait.portrait.is_float:
                    say_linear_rec709(source.image)
                frames.place_in_time(source, ob.portrait)
            # A file with all passes has an output for each.
            outputs = sources[path].outputs
            tree.links.new(outputs[name if name in outputs else "Image"], node.inputs[LABELS[name]])
    for source in sources.values():
        if len(source.outputs) > 2:
            source.label = "Passes"
    return node


def group_node(tree: Any, ob: Any) -> Any | None:
    """The node that rebuilds an object, or None."""
    return next((node for node in tree.nodes if node.type == "GROUP" and node.label == _label(ob)), None)


def baked_passes(ob: Any) -> dict[str, Path]:
    """The first file of each pass that the object was baked with; the same for all if they are together."""
    from ...jobs.outputs import Outputs

    folder, names = frames.frames_folder(ob), tuple(ob.portrait.baked_passes.split())
    if folder is None or not names:
        return {}
    outputs = Outputs(folder, passes=names, multilayer=ob.portrait.baked_multilayer)
    _, *paths = outputs.paths(ob.portrait.first_file).values()
    return dict(zip(names, paths if len(paths) == len(names) else paths * len(names), strict=True))


def _label(ob: Any) -> str:
    return f"{GROUP} {ob.name}"


def _new_group_node(tree: Any, ob: Any) -> Any:
    node = tree.nodes.new("CompositorNodeGroup")
    node.node_tree, node.label, node.width = _group(), _label(ob), 180
    width, height = ob.portrait.size
    if SAMPLING in node.inputs:
        node.inputs[SAMPLING].default_value = 4 if 16 * width * height < ENLARGED_PIXELS else 2
    compositor.lay_over_render(tree, ob, node.outputs["Image"])
    return node


def _image_node(tree: Any, ob: Any, group: Any, label: str) -> Any:
    """The image node that feeds an input of the group; made if there is none."""
    socket = group.inputs[label]
    if socket.is_linked and socket.links[0].from_node.type == "IMAGE":
        return socket.links[0].from_node
    node = tree.nodes.new("CompositorNodeImage")
    column, row = divmod(list(group.inputs.keys()).index(label), 4)
    node.label = label
    compositor.put_in_frame(tree, ob, node)
    node.location = (group.location.x - (1 + column) * IMAGE_COLUMN, group.location.y - IMAGE_ROW * row)
    return node


def _group() -> Any:
    """The node group, shared by all portraits; what an artist has changed in it stays."""
    found = _existing(GROUP)
    return found or _new_group()


def _existing(name: str) -> Any | None:
    found = bpy.data.node_groups.get(name)
    return found if found is not None and found.bl_idname == "CompositorNodeTree" else None


def _new_group() -> Any:
    group = _Builder(GROUP)
    group.input(PORTRAIT, "Color", (0.0, 0.0, 0.0, 1.0))
    group.input(LABELS["st_map"], "Vector")
    group.input(LABELS["shading"], "Color", (1.0,) * 4)
    for name in LAYERS:
        group.input(LABELS[name], "Color", (0.0,) * 4)
    group.input(STRENGTH, "Float", 1.0, most=4.0)
    for name in MATTES:
        group.input(LABELS[name], "Float", 1.0, most=1.0)
    if not compat.LOOKS_UP_BICUBICALLY:
        group.input(SAMPLING, "Float", 2.0, most=4.0)
    given = group.given()

    portrait, st_map = given[PORTRAIT], given[LABELS["st_map"]]
    widths = [group.add(compat.SEPARATE_XYZ, group.add("CompositorNodeImageInfo", of)) for of in (portrait, st_map)]
    enlargement = group.add(compat.MATH, *widths)
    enlargement.node.operation = "DIVIDE"
    passes = {name: _scaled(group, given[LABELS[name]], enlargement, smooth=name in LAYERS) for name in INPUTS}

    encoded = group.add_group(ENCODE, portrait)
    moved = group.add_group(DECODE, _looked_up(group, encoded, passes["st_map"], given.get(SAMPLING)))
    shaded = _multiplied(group, moved, group.add(compat.GAMMA, passes["shading"], given[STRENGTH]))
    picture = group.add_group(ENCODE, shaded)
    for name in LAYERS:
        over = group.add("CompositorNodeAlphaOver").node
        behind, in_front = (socket for socket in over.inputs if socket.type == "RGBA")
        group.link(picture, behind)
        group.link(group.add_group(ENCODE, passes[name]), in_front)
        picture = over.outputs[0]
    outputs = {"Image": ("Color", group.add_group(DECODE, picture))}
    return group.end(outputs | {LABELS[name]: ("Float", passes[name]) for name in MATTES})


def _scaled(group: _Builder, socket: Any, factor: Any, *, smooth: bool) -> Any:
    scaled = group.add("CompositorNodeScale", socket)
    for axis in ("X", "Y"):
        group.link(factor, scaled.node.inputs[axis])
    kind = "BICUBIC" if smooth else "BILINEAR"
    compat.set_option(scaled.node, "interpolation", kind, "Interpolation", kind.title())
    compat.continue_border(scaled.node)
    return scaled


def _looked_up(group: _Builder, picture: Any, st_map: Any, sampling: Any | None) -> Any:
    for share in SHARPENING:
        sharp = group.add("CompositorNodeFilter").node
        compat.set_option(sharp, "filter_type", "SHARPEN_DIAMOND", "Type", "Diamond Sharpen")
        next(socket for socket in sharp.inputs if socket.type == "VALUE").default_value = share
        group.link(picture, next(socket for socket in sharp.inputs if socket.type == "RGBA"))
        picture = sharp.outputs[0]
    if sampling is not None:
        picture = _scaled(group, picture, sampling, smooth=True)
    seen = group.add("CompositorNodeMapUV", picture, st_map).node
    compat.set_option(seen, "filter_type", "ANISOTROPIC", "Interpolation", "Bicubic")
    compat.continue_border(seen)
    return seen.outputs[0]


def _multiplied(group: _Builder, one: Any, other: Any) -> Any:
    mix = group.add("ShaderNodeMix").node
    mix.data_type, mix.blend_type = "RGBA", "MULTIPLY"
    mix.inputs[0].default_value = 1.0
    factors = [socket for socket in mix.inputs if socket.type == "RGBA"]
    for socket, source in zip(factors, (one, other), strict=True):
        group.link(source, socket)
    return next(socket for socket in mix.outputs if socket.type == "RGBA")


def _conversion(name: str) -> Any:
    """A small group between linear light and values as encoded; alpha is premultiplied on both sides."""
    group = _Builder(name)
    group.input("Image", "Color")
    straight = group.add("CompositorNodePremulKey", group.given()["Image"])
    compat.set_option(straight.node, "mapping", "PREMUL_TO_STRAIGHT", "Type", "To Straight")
    convert = group.add("CompositorNodeConvertColorSpace", straight)
    spaces = compat.working_space(convert.node) or linear_space(), encoded_space()
    convert.node.from_color_space, convert.node.to_color_space = spaces if name == ENCODE else spaces[::-1]
    again = group.add("CompositorNodePremulKey", convert)
    compat.set_option(again.node, "mapping", "STRAIGHT_TO_PREMUL", "Type", "To Premultiplied")
    return group.end({"Image": ("Color", again)})


class _Builder:
    """Puts a node group together, from left to right."""

    def __init__(self, name: str) -> None:
        self.tree = bpy.data.node_groups.new(name, "CompositorNodeTree")
        self.place = 0

    def input(self, name: str, kind: str, default: Any = None, most: float | None = None) -> None:
        """Give the group an input."""
        socket = self.tree.interface.new_socket(name, in_out="INPUT", socket_type=f"NodeSocket{kind}")
        if default is not None:
            socket.default_value = default
        if most is not None:
            socket.min_value, socket.max_value = 0.0, most

    def given(self) -> dict[str, Any]:
        """The group's inputs, as its nodes see them."""
        return {socket.name: socket for socket in self._new("NodeGroupInput").outputs if socket.name}

    def add(self, kind: str, *sources: Any) -> Any:
        """Add a node whose first inputs are fed by sockets, in their order; answers its first output."""
        node = self._new(kind)
        for socket, source in zip(node.inputs, sources, strict=False):
            self.link(source, socket)
        return node.outputs[0]

    def add_group(self, name: str, source: Any) -> Any:
        """Add a conversion."""
        node = self._new("CompositorNodeGroup")
        node.node_tree = _existing(name) or _conversion(name)
        self.link(source, node.inputs[0])
        return node.outputs[0]

    def link(self, source: Any, socket: Any) -> None:
        """Let a socket feed another."""
        self.tree.links.new(source, socket)

    def end(self, outputs: dict[str, tuple[str, Any]]) -> Any:
        """Give the group its outputs, each with its type; answers the group."""
        for name, (kind, _) in outputs.items():
            self.tree.interface.new_socket(name, in_out="OUTPUT", socket_type=f"NodeSocket{kind}")
        ends = self._new("NodeGroupOutput")
        for name, (_, source) in outputs.items():
            self.link(source, ends.inputs[name])
        return self.tree

    def _new(self, kind: str) -> Any:
        node = self.tree.nodes.new(kind)
        node.location = (COLUMN * (self.place // 3), -ROW * (self.place % 3))
        self.place += 1
        return node
