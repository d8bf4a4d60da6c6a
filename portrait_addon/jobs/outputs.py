"""The files of a frame: its picture, and its passes beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..media.exr import picture_layer, write_exr
from ..media.files import make_folder, whole_file
from ..media.pictures import encode_picture, frame_path
from ..media.provenance import exr_attributes
from ..pipeline.records.settings import Settings

if TYPE_CHECKING:
    from ..pipeline.frame.compositor import Frame

FORMATS = ("png", "png16", "exr")
"""PNG with the portrait's depth, PNG with 16 bits, and EXR in linear light."""

TOGETHER = "passes"
"""Folder of the files that hold all passes of a frame, and the name of their layers' group."""

LAYER = "Portrait"


def natural_format(pixels: NDArray[Any]) -> str:
    """The format that keeps all of a portrait: floats, which come from EXR files, go into EXR files."""
    return "exr" if pixels.dtype == np.float32 else "png"


@dataclass(frozen=True)
class Outputs:
    """What a bake writes of each frame.

    Attributes
    ----------
    folder : Path
    format : str
        One of `FORMATS`, for the picture.
    passes : tuple of str
        Names of `pipeline.passes.PASSES`.
    multilayer : bool
        All passes of a frame in one EXR file, and not a sequence each.
    """

    folder: Path
    format: str = "png"
    passes: tuple[str, ...] = ()
    multilayer: bool = False

    @property
    def suffix(self) -> str:
        """Ending of the pictures' names."""
        return "exr" if self.format == "exr" else "png"

    def folders(self) -> dict[str, Path]:
        """Where the pictures and the passes go; a name tells what a file holds."""
        if not self.passes:
            return {self.suffix: self.folder}
        if self.multilayer:
            return {self.suffix: self.folder, "+".join(self.passes): self.folder / TOGETHER}
        return {self.suffix: self.folder, **{name: self.folder / name for name in self.passes}}

    def paths(self, number: int) -> dict[str, Path]:
        """The files of a frame."""
        return {
            name: frame_path(folder, number, name if folder == self.folder else "exr")
            for name, folder in self.folders().items()
        }

    def make_folders(self) -> None:
        """Make what is missing.

        Raises
        ------
        InputError
            If that fails.
        """
        for folder in self.folders().values():
            make_folder(folder)

    def write(self, frame: Frame, number: int, settings: Settings) -> None:
        """Write all files of a frame, each whole or not at all.

        Raises
        ------
        InputError
            If one cannot be written.
        """
        parameters = asdict(settings)
        picture_path, *pass_paths = self.paths(number).values()
        if self.format == "exr":
            write_exr(picture_path, {"": picture_layer(frame.picture)}, exr_attributes(parameters))
        else:
            data = encode_picture(self._whole_numbers(frame.picture), parameters)
            with whole_file(picture_path) as file:
                file.write(data)
        if not self.passes:
            return
        layers: Mapping[str, NDArray[Any]] = frame.passes
        if self.multilayer:
            write_exr(pass_paths[0], {f"{LAYER}.{name}": layers[name] for name in layers}, exr_attributes(parameters))
            return
        for name, path in zip(self.passes, pass_paths, strict=True):
            write_exr(path, {"": layers[name]}, exr_attributes(parameters))

    def _whole_numbers(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """The picture as a PNG can have it."""
        if pixels.dtype == np.float32:
            return np.asarray(np.rint(np.clip(pixels, 0, 1) * 65535), np.uint16)
        if self.format == "png16" and pixels.dtype == np.uint8:
            return pixels.astype(np.uint16) * 257
        return pixels
