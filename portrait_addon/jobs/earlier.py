"""Frames of an earlier bake in another folder: equal ones are taken over, not computed again.

A frame is known by what it was made of, whatever its number and wherever its folder is. So a file that gets a name, or
an object that gets another one, keeps what was baked.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..media.files import whole_path
from ..pipeline.records.passes import PASSES
from .folder_lock import LOCK_NAME
from .frame_specs import Files
from .manifest import MANIFEST_NAME, Entry, part_lists, read_manifest
from .outputs import Outputs


class EarlierFrames:
    """The frames of a folder, by what they were made of.

    Parameters
    ----------
    folder : Path
        Of an earlier bake; there may be none.
    outputs : Outputs
        The files that a frame must have to be taken over.
    """

    def __init__(self, folder: Path, outputs: Outputs) -> None:
        self._outputs = replace(outputs, folder=folder)
        self._entries = {entry.made_of: entry for entry in read_manifest(folder).values() if entry.made_of}

    def take_over(self, made_of: str, paths: Mapping[str, Path]) -> Files | None:
        """Put the files of a frame into their new places; the old ones stay, and share the disk's space if they can.

        Parameters
        ----------
        made_of : str
            Fingerprint that the frame must have.
        paths : mapping from str to Path
            Where its files belong, by what they hold.

        Returns
        -------
        dict from str to Written or None
            What is known of the files; None if there is no such frame, or it is not whole.

        Raises
        ------
        InputError
            If a file cannot be written.
        """
        entry = self._entries.get(made_of)
        if entry is None:
            return None
        found = self._outputs.paths(entry.frame)
        if found.keys() != paths.keys() or not (entry.fits(found, made_of) and entry.is_whole(found)):
            return None
        for name, path in paths.items():
            with whole_path(path) as partial:
                _link_or_copy(found[name], partial)
        return {name: entry.files[name] for name in paths}


def _link_or_copy(source: Path, target: Path) -> None:
    """Let two names share a file, which a later bake replaces and never writes into; a copy where that cannot be."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def remove_bake(folder: Path) -> None:
    """Remove the frames that a bake has written into a folder, with its list; files of anybody else stay.

    Parameters
    ----------
    folder : Path
        Nothing happens if there is no list in it.
    """
    with suppress(OSError):
        for entry in read_manifest(folder).values():
            for path in _files(folder, entry):
                path.unlink(missing_ok=True)
        for path in (folder / MANIFEST_NAME, folder / LOCK_NAME, *part_lists(folder)):
            path.unlink(missing_ok=True)
        for empty in (*(child for child in folder.iterdir() if child.is_dir()), folder, folder.parent):
            with suppress(OSError):
                empty.rmdir()


def _files(folder: Path, entry: Entry) -> set[Path]:
    """The files that a frame may have, whatever its format and wherever its passes were put."""
    passes = tuple(item.name for item in PASSES)
    places = [Outputs(folder, kind, passes, together) for kind in ("png", "exr") for together in (False, True)]
    return {path for outputs in places for path in outputs.paths(entry.frame).values()}
