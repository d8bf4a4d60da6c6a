"""A job bundle: what a render farm that knows Open Job Description needs to share a bake. It sends nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..media.files import make_folder, shown, whole_file, write_error

TEMPLATE = Path(__file__).parent / "openjd" / "template.yaml"
FLAMENCO_JOB_TYPE = Path(__file__).parent / "flamenco" / "living_portraits.js"

TEMPLATE_NAME = TEMPLATE.name
VALUES_NAME = "parameter_values.json"
"""The parameters as a list, as submitters of job bundles read them."""

PARAMETERS_NAME = "parameters.json"
"""The same by their names, as ``openjd run --job-param file://`` reads them."""

CHUNK_SIZE = 50
"""Frames that a task bakes, unless another number is chosen."""

MAX_TEXT = 1024
"""Most characters of a parameter that Open Job Description allows."""


@dataclass(frozen=True)
class Bundle:
    """What a farm is asked to do.

    Attributes
    ----------
    file : Path
        The Blender file.
    frames : range
        Of the scene; not empty.
    portraits : tuple of str
        Names of the objects; all that follow something if empty.
    chunk_size : int
        Frames that a task bakes; at least 1.
    """

    file: Path
    frames: range
    portraits: tuple[str, ...] = ()
    chunk_size: int = CHUNK_SIZE

    def parameters(self) -> dict[str, str | int]:
        """Name the values of the template's parameters.

        Returns
        -------
        dict from str to str or int
        """
        return {
            "BlendFile": str(self.file.absolute()),
            "Frames": f"{self.frames[0]}-{self.frames[-1]}",
            "ChunkSize": self.chunk_size,
            "Portraits": "\n".join(self.portraits),
        }


def write_bundle(bundle: Bundle, folder: Path) -> None:
    """Write a job bundle.

    Parameters
    ----------
    bundle : Bundle
        What the farm is asked to do.
    folder : Path
        It may be new, empty, or hold an earlier bundle, which is replaced.

    Raises
    ------
    InputError
        If there is something else in the folder, it cannot be written, or there are too many portraits to name.
    """
    parameters = bundle.parameters()
    for name, value in parameters.items():
        if len(str(value)) > MAX_TEXT:
            raise InputError(
                f"{shown(folder)}: {name} has more than {MAX_TEXT} characters. Name fewer portraits, or none for all."
            )
    template = TEMPLATE.read_bytes()
    values = {"parameterValues": [{"name": name, "value": value} for name, value in parameters.items()]}
    files = {
        TEMPLATE_NAME: template,
        VALUES_NAME: _json(values),
        PARAMETERS_NAME: _json(parameters),
    }
    make_folder(folder)
    _refuse_strangers(folder, set(files), template.splitlines()[0])
    for name, data in files.items():
        with whole_file(folder / name) as file:
            file.write(data)


def _json(values: object) -> bytes:
    return json.dumps(values, indent=2, ensure_ascii=False).encode() + b"\n"


def _refuse_strangers(folder: Path, ours: set[str], first_line: bytes) -> None:
    """An earlier bundle is told by the first line of its template."""
    try:
        there = {path.name for path in folder.iterdir()}
        if not there:
            return
        with (folder / TEMPLATE_NAME).open("rb") as file:
            is_bundle = file.read(len(first_line)) == first_line
    except FileNotFoundError:
        is_bundle = False
    except OSError as error:
        raise write_error(folder, error) from error
    if not is_bundle or there - ours:
        raise InputError(f"{shown(folder)}: holds other files than a job bundle. Choose an empty folder.")
