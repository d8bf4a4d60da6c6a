"""The list of a folder's frames, and what each was made of: one file beside them.

The file has a line of JSON for every frame. A frame is listed first without hashes, before its files are written, and
again with them afterwards; the last line counts. So a file that a killed bake left is known as ours, and a file that
is not listed is someone else's. Lines are appended. A line that a crash cut short is skipped, and the next bake writes
the list anew.

Where several bakes share a folder, each adds a list of its own, ``bake.1.jsonl`` and so on. No two write the same
frame at the same time, so what counts of a frame is its last line in the list of the highest number. Who has the folder
alone joins them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ..errors import InputError
from ..media.files import read_file, whole_file, write_error

MANIFEST_NAME = "bake.jsonl"
MAX_BYTES = 1 << 28

_PART_NAME = re.compile(r"bake\.([1-9]\d{0,8})\.jsonl")


class Written(NamedTuple):
    """What is known of one file.

    Attributes
    ----------
    sha256 : str
        Hexadecimal hash of the content. Empty while the file is written, or if it is of an earlier state of the frame.
    bytes : int
        Size of the file.
    """

    sha256: str = ""
    bytes: int = 0


@dataclass(frozen=True)
class Entry:
    """What is known of one frame.

    Attributes
    ----------
    frame : int
        Its number.
    made_of : str
        Fingerprint of everything that it was computed from; empty while it is being made.
    files : dict from str to Written
        Its files by what they hold; see `outputs`.
    """

    frame: int
    made_of: str = ""
    files: dict[str, Written] = field(default_factory=dict)

    def fits(self, paths: Mapping[str, Path], made_of: str) -> bool:
        """Check quickly, by sizes alone, whether the frame is up to date.

        Parameters
        ----------
        paths : mapping from str to Path
            The files that the frame must have, by what they hold.
        made_of : str
            The fingerprint that the frame must have.

        Returns
        -------
        bool
            False if a file is missing, of another size, or made of something else.
        """
        try:
            return self.made_of == made_of and all(
                self.files[name].sha256 and path.stat().st_size == self.files[name].bytes
                for name, path in paths.items()
            )
        except (KeyError, OSError):
            return False

    def is_whole(self, paths: Mapping[str, Path]) -> bool:
        """Check by hashes whether the files are those that were written.

        Parameters
        ----------
        paths : mapping from str to Path
            The files of the frame, by what they hold.

        Returns
        -------
        bool
            False if a file is missing or has changed.
        """
        try:
            return all(self.files[name].sha256 == written(path).sha256 for name, path in paths.items())
        except (KeyError, OSError):
            return False

    def begun(self, names: Iterable[str]) -> Entry:
        """Make the entry that stands for the frame while it is written.

        Parameters
        ----------
        names : iterable of str
            What the new files hold.

        Returns
        -------
        Entry
            Without fingerprint and hashes. It names the new files and those of before.
        """
        return Entry(self.frame, "", dict.fromkeys([*self.files, *names], Written()))


def written(path: Path) -> Written:
    """Hash and measure a file.

    Parameters
    ----------
    path : Path
        A file that is complete.

    Returns
    -------
    Written
        Its hash and its size in bytes.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        return Written(hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size)


def read_manifest(folder: Path) -> dict[int, Entry]:
    """Read the list of a folder.

    Parameters
    ----------
    folder : Path
        A folder of frames.

    Returns
    -------
    dict from int to Entry
        By frame number; empty if there is no list.
    """
    # The lists of parts come first: who joins them writes the whole list before they are removed.
    lists = [_lines(path) for path in part_lists(folder)]
    entries = (_parse(line) for lines in [_lines(folder / MANIFEST_NAME), *lists] for line in lines)
    return {entry.frame: entry for entry in entries if entry}


def part_lists(folder: Path) -> list[Path]:
    """Find the lists of bakes that shared a folder, and are not joined yet.

    Parameters
    ----------
    folder : Path
        A folder of frames; there may be none.

    Returns
    -------
    list of Path
        In the order of their numbers.
    """
    found = {path: _PART_NAME.fullmatch(path.name) for path in folder.glob("bake.*.jsonl")}
    return sorted((path for path, match in found.items() if match), key=_number)


def _number(path: Path) -> int:
    return int(path.name.split(".")[1])


def _lines(path: Path) -> list[bytes]:
    try:
        return read_file(path, MAX_BYTES).splitlines()
    except InputError:
        return []


def _parse(line: bytes) -> Entry | None:
    try:
        said = json.loads(line)
        # In lists of earlier versions a frame has but one file.
        files = {"png": (said["sha256"], said["bytes"])} if "sha256" in said else said.get("files", {})
        entry = Entry(said["frame"], said.get("made_of", ""), {name: Written(*of) for name, of in files.items()})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    kinds = [type(entry.frame), type(entry.made_of), *(type(value) for of in entry.files.values() for value in of)]
    return entry if kinds == [int, str] + [str, int] * len(entry.files) else None


class ManifestWriter:
    """Adds frames to a list; close it in the end. The caller holds the lock of the folder, or of the frames.

    Parameters
    ----------
    path : Path
        The list, which exists.

    Raises
    ------
    InputError
        If the list cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file: BinaryIO = self._path.open("ab", buffering=0)
        except OSError as error:
            raise write_error(self._path, error) from error

    @classmethod
    def of_folder(cls, folder: Path, entries: Iterable[Entry]) -> ManifestWriter:
        """Begin the list of a folder that is held alone. It replaces all lists that are there.

        Parameters
        ----------
        folder : Path
            It must exist.
        entries : iterable of Entry
            The list at the start.

        Returns
        -------
        ManifestWriter

        Raises
        ------
        InputError
            If the list cannot be written.
        """
        parts = part_lists(folder)
        with whole_file(folder / MANIFEST_NAME) as file:
            file.writelines(_line(entry) for entry in entries)
        for part in parts:
            with suppress(OSError):
                part.unlink()
        return cls(folder / MANIFEST_NAME)

    @classmethod
    def of_part(cls, folder: Path, entries: Iterable[Entry]) -> ManifestWriter:
        """Begin a list beside those that are there already.

        Parameters
        ----------
        folder : Path
            It must exist.
        entries : iterable of Entry
            The frames of the part, before they are written.

        Returns
        -------
        ManifestWriter

        Raises
        ------
        InputError
            If the list cannot be written.
        """
        number = max(map(_number, part_lists(folder)), default=0)
        while True:
            number += 1
            path = folder / f"bake.{number}.jsonl"
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
            except FileExistsError:  # another part was quicker
                continue
            except OSError as error:
                raise write_error(path, error) from error
            writer = cls(path)
            writer.add(*entries)
            return writer

    def add(self, *entries: Entry) -> None:
        """Append entries to the list.

        Parameters
        ----------
        *entries : Entry
            Each replaces an earlier one of the same frame.

        Raises
        ------
        InputError
            If the list cannot be written.
        """
        try:
            self._file.write(b"".join(map(_line, entries)))
        except OSError as error:
            raise write_error(self._path, error) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _line(entry: Entry) -> bytes:
    return json.dumps(asdict(entry)).encode() + b"\n"
