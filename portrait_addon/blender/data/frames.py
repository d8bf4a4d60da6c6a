"""The baked frames of an object: where their files are, and how they play as an image sequence.

An image sequence in Blender shows file ``clamp(scene frame - frame_start + 1, 0, frame_duration) + frame_offset``.
Index 0 counts. Calling the first file index 0, not 1, holds it for all time before the start, where otherwise a file
before the first would be looked for and magenta be shown; the clamp's other end holds the last file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from .blocks import absolute_path, load_block

NEVER = 1_048_574
"""A frame that no scene reaches: a sequence that starts here shows its first file for ever."""


def first_frame(ob: Any) -> Path | None:
    """First file of the frames that the plane shows.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.

    Returns
    -------
    Path or None
        Absolute; None before the first bake.
    """
    image = ob.portrait.frames
    return absolute_path(image.filepath, image.library) if image is not None else None


def frames_folder(ob: Any) -> Path | None:
    """Folder of the frames that the plane shows.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.

    Returns
    -------
    Path or None
        Absolute; None before the first bake.
    """
    first = first_frame(ob)
    return first.parent if first is not None else None


def load_sequence(first: Path, *, data: bool = False) -> Any:
    """The image of a sequence of files, fresh from disk.

    Parameters
    ----------
    first : Path
        Its first file.
    data : bool
        Whether its values are no colours.

    Returns
    -------
    bpy.types.Image

    Raises
    ------
    RuntimeError
        If Blender cannot open the file.
    """
    image = load_block(bpy.data.images, first)
    image.source = "SEQUENCE"
    if data:
        image.colorspace_settings.is_data = True
    image.reload()
    return image


def place_in_time(user: Any, properties: Any) -> None:
    """Let a sequence begin at its place in the clip; it holds its first frame before and its last one after.

    Parameters
    ----------
    user : bpy.types.ImageUser or bpy.types.CompositorNodeImage
        What plays the sequence.
    properties : PortraitProperties
        Of the portrait whose frames these are.
    """
    following = properties.frame_count - 1
    user.frame_start = properties.start_frame + properties.first_offset + 1 if following else NEVER
    user.frame_duration = max(following, 1)
    user.frame_offset = properties.first_file
    user.use_cyclic = False
    user.use_auto_refresh = True
