"""Data-blocks of files, their paths kept as Blender's own *Open* keeps them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import bpy


def saved_path(path: Path) -> str:
    """Write a path as it belongs into the .blend file.

    Parameters
    ----------
    path : Path
        Absolute.

    Returns
    -------
    str
        Relative to the .blend file if that has a name and the artist prefers *Relative Paths*, else as it is.
    """
    if not bpy.data.filepath or not bpy.context.preferences.filepaths.use_relative_paths:
        return str(path)
    try:
        return bpy.path.relpath(str(path))
    except ValueError:  # another drive of Windows
        return str(path)


def absolute_path(path: str, library: Any = None) -> Path:
    """Read a path of the .blend file, or of a library.

    Parameters
    ----------
    path : str
        It may begin with ``//``.
    library : bpy.types.Library, optional
        The file that it is relative to.

    Returns
    -------
    Path
        Without ``..``, so that paths to the same place are equal.
    """
    return Path(os.path.normpath(bpy.path.abspath(path, library=library)))


def load_block(blocks: Any, path: Path) -> Any:
    """Load a file as a data-block, or find the one that it is loaded as already.

    Parameters
    ----------
    blocks : bpy.types.BlendDataImages or the like
        `bpy.data.images`, `bpy.data.movieclips` or `bpy.data.sounds`.
    path : Path
        Absolute.

    Returns
    -------
    bpy.types.ID
        The path of one that was there stays as it is: setting it would load the file again, over what was painted.

    Raises
    ------
    RuntimeError
        If Blender cannot open the file.
    """
    known = {block.session_uid for block in blocks}
    block = blocks.load(str(path), check_existing=True)
    if block.session_uid not in known:
        block.filepath = saved_path(path)
    return block
