"""From Blender's data-blocks to what the jobs take: pixels, paths, folders."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...jobs.cache import Cache, user_cache_folder
from ...jobs.outputs import Outputs, natural_format
from ...media.files import read_file, shown
from ...media.headers import read_header
from ...media.pictures import MAX_FILE_BYTES, SourceImage, decode_picture, encode_picture, read_picture
from ...pipeline.imaging.threads import WORKERS
from ...pipeline.records.masks import COLOURED, MASKS
from ...pipeline.records.passes import PASSES, with_faces
from ...srgb import linear_to_srgb
from .blocks import absolute_path, load_block
from .colour_spaces import to_linear_rec709
from .faces import face_numbers, host_of, shows_several
from .preferences import PACKAGE, preferences

UNSAVED = "unsaved"
"""Folder of the extension's own for the frames of files without a name."""

TRACKED = "tracked_clips"
"""Folder beside those of the frames, for what the machines that share a bake have tracked."""

UNSAFE = r'[\x00-\x1f\x7f<>:"/\\|?*%]|^\.|[. ]$|^[capnl](?=(on|rn|ux|ul|om\d|pt\d)(\.|$))'
"""What cannot stand in a folder's name on one system or another, devices of Windows included."""


PSD_COLOURS = (b"\0\0", b"\0\x08", b"\0\x09")
"""Black and white, duotone and Lab: Blender shows the first as a negative, the others not at all."""


def portrait_picture(image: Any) -> SourceImage:
    """Pixels of an image data-block, with the file's own depth and alpha wherever there is a file.

    Raises
    ------
    InputError
        If the image has no pixels, or its file cannot be read.
    """
    if image.source == "GENERATED" or image.is_dirty:
        return SourceImage(_painted_pixels(image), image.name)
    if image.packed_file is not None:
        return decode_picture(image.packed_file.data, image.name)
    return read_picture(Path(bpy.path.abspath(image.filepath, library=image.library)))


def load_portrait(path: Path) -> Any:
    """Load a picture as an image data-block; see `upright_copy`.

    Raises
    ------
    InputError
        If there is no such file or it is not a picture that can be animated.
    """
    data = read_file(path, MAX_FILE_BYTES)
    picture = decode_picture(data, shown(path))
    if _is_shown_upright(data):
        return load_block(bpy.data.images, path)
    return _packed_copy(path.stem, picture)


def upright_copy(image: Any) -> Any:
    """The image itself, or a copy packed into the .blend file if Blender shows its file wrongly or not at all.

    Blender overlooks that a camera was held sideways, shows a TIFF of 16 bits whose zero is white as a negative, and
    does not show the first picture of every moving one.
    """
    if image is None or image.packed_file is not None or image.source not in ("FILE", "MOVIE") or image.is_dirty:
        return image
    path = Path(bpy.path.abspath(image.filepath, library=image.library))
    try:
        data = read_file(path, MAX_FILE_BYTES)
        if _is_shown_upright(data):
            return image
        return _packed_copy(image.name, decode_picture(data, shown(path)))
    except InputError:  # said where the picture is used
        return image


def _is_shown_upright(data: bytes) -> bool:
    """Whether Blender shows a picture file as we read it."""
    try:
        header = read_header(data)
    except ValueError:
        return True
    colours = data[24:26] not in PSD_COLOURS if header.format == "PSD" else not header.negative
    return header.orientation == 1 and not header.moving and header.format not in ("GIF", "AVIF") and colours


def _packed_copy(name: str, picture: SourceImage) -> Any:
    upright = encode_picture(picture.pixels, profile=picture.profile)
    image = bpy.data.images.new(name, *picture.pixels.shape[1::-1], alpha=picture.pixels.shape[2] == 4)
    image.pack(data=upright, data_len=len(upright))
    image.source = "FILE"
    return image


def masked_picture(ob: Any, image: Any | None = None) -> SourceImage:
    """Pixels of the object's portrait, or of another image in its place, with what was painted over it.

    Raises
    ------
    InputError
        If one of the images has no pixels, or its file cannot be read.
    """
    picture = portrait_picture(image or ob.portrait.portrait)
    return picture.with_masks({name: portrait_picture(mask) for name, mask in masks_of(ob).items()}, COLOURED)


def masks_of(ob: Any) -> dict[str, Any]:
    """The images that were painted over the object's portrait, by their names in `pipeline.masks.MASKS`.

    A face that another portrait shows has the masks of that one, but not what is of its face alone.
    """
    host = host_of(ob)
    chosen = {mask.name: getattr(host.portrait, f"{mask.name}_mask") for mask in MASKS}
    return {name: image for name, image in chosen.items() if image is not None and (host == ob or name not in COLOURED)}


def _painted_pixels(image: Any) -> NDArray[Any]:
    """What was generated or painted in Blender and is in no file: BGR or BGRA, rows from the top, straight alpha."""
    width, height = image.size
    if not width or not height:
        raise InputError(f"{image.name}: the image has no pixels. Choose another portrait.")
    rgba = np.empty((height, width, image.channels), np.float32)
    image.pixels.foreach_get(rgba.ravel())
    rgba = rgba[::-1, :, :4] if image.channels >= 3 else np.repeat(rgba[::-1, :, :1], 3, axis=2)
    if image.is_float:
        rgba = _encode(rgba)
    kind = np.uint16 if image.is_float else np.uint8
    opaque = rgba.shape[2] == 3 or bool((rgba[..., 3] >= 1).all())
    channels = (2, 1, 0) if opaque else (2, 1, 0, 3)
    return np.ascontiguousarray(np.rint(np.clip(rgba[..., channels], 0, 1) * np.iinfo(kind).max).astype(kind))


def _encode(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """Float images hold scene-linear colour with premultiplied alpha; pictures are sRGB with straight alpha."""
    encoded = linear.copy()
    colour = encoded[..., :3]
    if encoded.shape[2] == 4:
        np.divide(colour, encoded[..., 3:], out=colour, where=encoded[..., 3:] > 0)
    encoded[..., :3] = linear_to_srgb(np.clip(to_linear_rec709(colour), 0, 1))
    return encoded


def clip_path(clip: Any) -> Path:
    """Where a movie clip's video, or the first picture of its sequence, is."""
    return Path(bpy.path.abspath(clip.filepath, library=clip.library))


def output_folder(ob: Any) -> Path:
    """Where the frames of an object belong: a folder of its name, so that a duplicate never writes over the original.

    It lies in the folder that the artist chose, else beside the .blend file, else, while that is not saved, in the
    extension's own folder.
    """
    chosen: str = ob.portrait.output_folder
    if chosen and not needs_file_name(ob):
        parent = absolute_path(chosen)
    elif bpy.data.filepath:
        parent = Path(bpy.data.filepath).parent
    else:
        # Files without a name differ by the session that they were made in.
        parent = extension_folder(UNSAVED) / Path(bpy.app.tempdir).name
    return parent / folder_name(ob.name)


def needs_file_name(ob: Any) -> bool:
    """Whether the frames of an object would lie beside its .blend file if that had a name."""
    chosen: str = ob.portrait.output_folder
    return not bpy.data.filepath and (not chosen or chosen.startswith("//"))


def outputs_of(ob: Any, folder: Path, picture: SourceImage) -> Outputs:
    """What the artist wants of each frame.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.
    folder : Path
        Where the frames are or belong; see `output_folder`.
    picture : Picture
        The portrait's pixels: the frames have their format unless the artist has chosen another.

    Returns
    -------
    Outputs
    """
    properties = ob.portrait
    chosen = tuple(item.name for item in PASSES if item.name in properties.passes)
    if shows_several(ob):
        chosen = with_faces(chosen, face_numbers(ob))
    format = natural_format(picture.pixels) if properties.frame_format == "AUTO" else properties.frame_format.lower()
    return Outputs(folder, format, chosen, properties.multilayer, picture.profile)


def folder_name(name: str) -> str:
    """A name that every file system takes; two objects never share one.

    >>> folder_name("Ford.001"), folder_name("../up"), folder_name("con")
    ('Ford.001', '%2E.%2Fup', '%63on')
    """
    return re.sub(UNSAFE, lambda found: f"%{ord(found[0]):02X}", name, flags=re.IGNORECASE)


def cache() -> Cache:
    """Where what was tracked is kept for next time."""
    chosen = preferences()
    if chosen.cache_folder:
        folder = Path(bpy.path.abspath(chosen.cache_folder))
    else:
        folder = _own_folder("cache") or user_cache_folder()
    return Cache(folder, round(chosen.cache_limit * 1e9))


def shared_cache(ob: Any) -> Cache:
    """Where the machines that share the bake of an object keep what one of them has tracked: beside its frames."""
    return Cache(output_folder(ob).parent / TRACKED, cache().limit, shared=True)


def workers() -> int:
    """How many frames may be tracked and baked at the same time; a window keeps a processor for itself."""
    chosen: int = preferences().workers
    for_window = 0 if bpy.app.background else 1
    return chosen or max(WORKERS - for_window, 1)


def extension_folder(name: str) -> Path:
    """A folder of the extension's own; Blender's temporary one when it does not run as an installed extension."""
    return _own_folder(name) or Path(bpy.app.tempdir) / PACKAGE / name


def _own_folder(name: str) -> Path | None:
    try:
        return Path(bpy.utils.extension_path_user(PACKAGE, path=name, create=True))
    except ValueError:  # started from a source tree
        return None
