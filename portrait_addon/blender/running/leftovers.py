"""Folders of frames that were baked before a file had a name, and that nobody needs once it has one.

Undo may go back to them while the file is open, and the file on the disk may still show them. So they are removed when
the file is left, if it was saved when they were no longer shown.
"""

from __future__ import annotations

from pathlib import Path

import bpy

from ...jobs.earlier import remove_bake
from ..data.blocks import absolute_path
from ..data.sources import UNSAVED, extension_folder

_left: set[Path] = set()
_not_saved: set[Path] = set()
"""Those that the file on the disk may still show."""


def leave(folder: Path) -> None:
    """Remember a folder whose frames were taken over by another one; others than those of unsaved files stay."""
    if folder.is_relative_to(extension_folder(UNSAVED)):
        _left.add(folder)
        _not_saved.add(folder)


def file_saved() -> None:
    """Note which folders the file, as it was just saved, does not show."""
    shown = [image for image in bpy.data.images if image.source == "SEQUENCE" and image.users]
    _not_saved.clear()
    _not_saved.update(_left & {absolute_path(image.filepath).parent for image in shown})


def remove_all() -> None:
    """Remove the folders that no file shows; called when a file is left."""
    for folder in _left - _not_saved:
        remove_bake(folder)
    _left.clear()
    _not_saved.clear()
