"""The baked frames as a strip in the sequencer, at the portrait's start frame."""

from __future__ import annotations

from typing import Any

from .. import compat
from ..data import frames
from ..data.blocks import saved_path
from . import OWNER


def add_strip(scene: Any, ob: Any) -> Any:
    """Add an object's frames to the scene's sequencer; done again, the strip is made anew where it was.

    Parameters
    ----------
    scene, ob
        The object must have been baked.

    Returns
    -------
    bpy.types.ImageStrip
    """
    first = frames.first_frame(ob)
    if first is None:
        raise ValueError("the object has no frames")
    editor = scene.sequence_editor or scene.sequence_editor_create()
    channel = _channel(editor, ob)
    start = ob.portrait.start_frame + ob.portrait.first_offset
    strip = editor.strips.new_image(
        name=ob.name, filepath=str(first), channel=channel, frame_start=start, fit_method="FIT"
    )
    strip[OWNER] = ob
    for number in range(ob.portrait.first_file + 1, ob.portrait.first_file + ob.portrait.frame_count):
        strip.elements.append(f"{first.stem.rstrip('0123456789')}{number:04d}{first.suffix}")
    strip.colorspace_settings.name = ob.portrait.frames.colorspace_settings.name
    strip.directory = saved_path(first.parent)
    strip.blend_type = "ALPHA_OVER"
    compat.show_in_sequencers(scene)
    return strip


def _channel(editor: Any, ob: Any) -> int:
    """The channel of the strip that shows the object so far, which is removed; else the first above all others."""
    for strip in editor.strips:
        if strip.type == "IMAGE" and strip.get(OWNER) == ob:
            channel: int = strip.channel
            editor.strips.remove(strip)
            return channel
    return max((strip.channel for strip in editor.strips), default=0) + 1
