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
"""Folder of the files that hold all passes of a frame."""

LAYER = "Portrait"


def natural_format(pixels: NDArray[Any]) -> str:
    """Choose the format that keeps all of a portrait.

    Parameters
    ----------
    pixels : (h, w, 3 or 4) uint8, uint16 or float32 array
        The portrait. Only an EXR file gives floats.

    Returns
    -------
    str
        ``"exr"`` for floats, else ``"png"``.
    """
    return "exr" if pixels.dtype == np.float32 else "png"


@dataclass(frozen=True)
class Outputs:
    """The files that a bake writes of each frame.

    Attributes
    ----------
    folder : Path
        It holds the pictures, and the folders of the passes.
    format : str
        Of the pictures, one of `FORMATS`.
    passes : tuple of str
        Names of `pipeline.records.passes.PASSES`.
    multilayer : bool
        Whether all passes of a frame go into one EXR file. Otherwise each pass is a sequence of its own.
    profile : bytes
        The portrait's ICC profile, which goes into PNG pictures; empty for sRGB.
    """

    folder: Path
    format: str = "png"
    passes: tuple[str, ...] = ()
    multilayer: bool = False
    profile: bytes = b""

    @property
    def suffix(self) -> str:
        """Ending of the pictures' names.

        Returns
        -------
        str
            ``"exr"`` or ``"png"``.
        """
        return "exr" if self.format == "exr" else "png"

    def folders(self) -> dict[str, Path]:
        """List the folders of the pictures and of the passes.

        Returns
        -------
        dict from str to Path
            By what the files hold: the suffix for the pictures, then the pass, or all passes joined by ``+``.
        """
        if not self.passes:
            return {self.suffix: self.folder}
        if self.multilayer:
            return {self.suffix: self.folder, "+".join(self.passes): self.folder / TOGETHER}
        return {self.suffix: self.folder, **{name: self.folder / name for name in self.passes}}

    def paths(self, number: int) -> dict[str, Path]:
        """List the files of a frame.

        Parameters
        ----------
        number : int
            Number of the frame.

        Returns
        -------
        dict from str to Path
            By what the files hold; see `folders`.
        """
        return {
            name: frame_path(folder, number, name if folder == self.folder else "exr")
            for name, folder in self.folders().items()
        }

    def make_folders(self) -> None:
        """Make the folders that are missing.

        Raises
        ------
        InputError
            If one cannot be made.
        """
        for folder in self.folders().values():
            make_folder(folder)

    def write(self, frame: Frame, number: int, settings: Settings) -> None:
        """Write all files of a frame, each whole or not at all.

        Parameters
        ----------
        frame : Frame
            The picture and at least the passes that are to be written.
        number : int
            Number of the frame.
        settings : Settings
            They are written into the files' metadata.

        Raises
        ------
        InputError
            If a file cannot be written.
        """
        parameters = asdict(settings)
        picture_path, *pass_paths = self.paths(number).values()
        if self.format == "exr":
            write_exr(picture_path, {"": picture_layer(frame.picture)}, exr_attributes(parameters))
        else:
            data = encode_picture(self._whole_numbers(frame.picture), parameters, self.profile)
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
        """Convert the picture to the whole numbers that a PNG file holds."""
        if pixels.dtype == np.float32:
            return np.asarray(np.rint(np.clip(pixels, 0, 1) * 65535), np.uint16)
        if self.format == "png16" and pixels.dtype == np.uint8:
            return pixels.astype(np.uint16) * 257
        return pixels
