"""Which frames a folder holds, and of what they were made: one file beside them.

The file has a line of JSON for every frame. A frame is listed first without a hash, before its file is written, and
again with one afterwards; the last line counts. So a file that a killed bake left is known as ours, and a file that
is not listed is someone else's. Lines are appended, a line cut short by a crash is skipped, and the next bake writes
the list anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError
from ..media.files import read_file, whole_file, write_error

MANIFEST_NAME = "bake.jsonl"
MAX_BYTES = 1 << 28


@dataclass(frozen=True)
class Entry:
    """What is known of one frame.

    Attributes
    ----------
    frame : int
        Its number.
    made_of : str
        Fingerprint of all that it was computed from; empty while it is being made.
    sha256 : str
        Of the file.
    bytes : int
        Size of the file.
    """

    frame: int
    made_of: str = ""
    sha256: str = ""
    bytes: int = 0

    def fits(self, path: Path, made_of: str) -> bool:
        """Whether the frame is of `made_of` and its file has the right size; a quick look."""
        try:
            return self.made_of == made_of and path.stat().st_size == self.bytes
        except OSError:
            return False

    def is_whole(self, path: Path) -> bool:
        """Whether the file is the very one that was written."""
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except OSError:
            return False


def read_manifest(folder: Path) -> dict[int, Entry]:
    """Read the list of a folder, by frame number; empty if it has none."""
    try:
        lines = read_file(folder / MANIFEST_NAME, MAX_BYTES).splitlines()
    except InputError:
        return {}
    entries = (_parse(line) for line in lines)
    return {entry.frame: entry for entry in entries if entry}


def _parse(line: bytes) -> Entry | None:
    try:
        entry = Entry(**json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return None
    kinds = [type(value) for value in asdict(entry).values()]
    return entry if kinds == [int, str, str, int] else None


class ManifestWriter:
    """Adds frames to the list of a folder. Use as a context manager, and hold the folder's lock.

    Parameters
    ----------
    folder : Path
    entries : iterable of Entry
        What is listed from the start, in place of what was.
    """

    def __init__(self, folder: Path, entries: Iterable[Entry]) -> None:
        self._path = folder / MANIFEST_NAME
        with whole_file(self._path) as file:
            file.writelines(_line(entry) for entry in entries)
        try:
            self._file: BinaryIO = self._path.open("ab", buffering=0)
        except OSError as error:
            raise write_error(self._path, error) from error

    def add(self, entry: Entry) -> None:
        """List a frame that is complete.

        Raises
        ------
        InputError
            If the list cannot be written.
        """
        try:
            self._file.write(_line(entry))
        except OSError as error:
            raise write_error(self._path, error) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _line(entry: Entry) -> bytes:
    return json.dumps(asdict(entry)).encode() + b"\n"
