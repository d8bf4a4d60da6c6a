"""Every kind of picture that a camera, a phone, a scanner or a paint program writes: right, or refused in one line."""

import io
import itertools
import re
import struct
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from portrait_addon.errors import InputError
from portrait_addon.media.headers import read_header
from portrait_addon.media.pictures import MAX_PIXELS, decode_picture, encode_picture

RNG = np.random.default_rng(3)
COLOURS = RNG.integers(0, 65536, (7, 9, 3), np.uint16)
"""RGB, 16 bits."""
SMOOTH = cv2.resize(RNG.integers(0, 256, (3, 4, 3), np.uint8), (64, 48), interpolation=cv2.INTER_CUBIC)
"""RGB, 8 bits."""


def pack_tiff(tags: Any, parts: Any, order: Any = "<", big: Any = False, extra: Any = ()) -> Any:
    """A TIFF or BigTIFF of whole numbers: `tags` by number, `parts` the compressed strips or tiles."""
    tags = {tag: (3, values) for tag, values in tags.items()}
    offsets, counts = (324, 325) if 322 in tags else (273, 279)
    long = 16 if big else 4
    tags |= {offsets: (long, [0] * len(parts)), counts: (long, [len(part) for part in parts])} | dict(extra)
    letter = {3: "H", 4: "I", 7: "B", 16: "Q"}
    inline, number, count, head = (8, "Q", "Q", 16) if big else (4, "I", "H", 8)
    lists_at = head + struct.calcsize(count) + len(tags) * (4 + 2 * inline) + inline

    def directory() -> Any:
        at, entries, lists = lists_at, b"", b""
        for tag, (kind, values) in sorted(tags.items()):
            body = struct.pack(f"{order}{len(values)}{letter[kind]}", *values)
            if len(body) > inline:
                lists, body = lists + body, struct.pack(order + number, at + len(lists))
            entries += struct.pack(f"{order}HH{number}", tag, kind, len(values)) + body.ljust(inline, b"\0")
        return struct.pack(order + count, len(tags)) + entries + bytes(inline) + lists

    start = head + len(directory())
    places = list(itertools.accumulate((len(part) for part in parts), initial=start))[:-1]
    tags[offsets] = (long, places)
    mark = b"II" if order == "<" else b"MM"
    first = struct.pack(order + "HHHQ", 43, 8, 0, 16) if big else struct.pack(order + "HI", 42, 8)
    return mark + first + directory() + b"".join(parts)


def planar(pixels: Any, order: Any = "<", compression: Any = 1, **options: Any) -> Any:
    """A TIFF with a plane for each channel, in strips of three rows."""
    height, width, channels = pixels.shape
    planes = pixels.transpose(2, 0, 1).astype(pixels.dtype.newbyteorder(order))
    parts = [plane[row : row + 3].tobytes() for plane in planes for row in range(0, height, 3)]
    if compression != 1:
        parts = [compressed(part) for part in parts]
    tags = {
        256: [width], 257: [height], 258: [pixels.itemsize * 8] * channels, 259: [compression], 262: [2],
        277: [channels], 278: [3], 284: [2],
    } | options.pop("tags", {})  # fmt: skip
    return pack_tiff(tags, parts, order, **options)


def compressed(part: Any) -> Any:
    """LZW as libtiff writes it: the strip of a grey TIFF of one row."""
    stream = io.BytesIO()
    Image.frombytes("L", (len(part), 1), part).save(stream, "TIFF", compression="tiff_lzw")
    with Image.open(stream) as image:
        tags: Any = image
        (at,), (size,) = tags.tag_v2[273], tags.tag_v2[279]
    return stream.getvalue()[at : at + size]


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("big", [False, True], ids=["TIFF", "BigTIFF"])
@pytest.mark.parametrize("compression", [1, 5], ids=["plain", "LZW"])
def test_a_tiff_of_16_bit_planes(order: Any, big: Any, compression: Any) -> None:
    pixels = decode_picture(planar(COLOURS, order, compression, big=big), "a").pixels
    assert pixels.dtype == np.uint16
    assert np.array_equal(pixels, COLOURS[..., ::-1])


def test_tiled_planes_and_planes_with_alpha() -> None:
    tile = np.zeros((16, 16, 3), np.uint16)
    tile[:7, :9] = COLOURS
    parts = [plane.tobytes() for plane in tile.transpose(2, 0, 1)]
    tags = {256: [9], 257: [7], 258: [16] * 3, 259: [1], 262: [2], 277: [3], 284: [2], 322: [16], 323: [16]}
    assert np.array_equal(decode_picture(pack_tiff(tags, parts), "a").pixels, COLOURS[..., ::-1])
    alpha = np.dstack([COLOURS, np.full(COLOURS.shape[:2], 40_000, np.uint16)])
    for kind, channels in ((2, 4), (0, 3)):  # straight alpha, and a channel that means nothing
        pixels = decode_picture(planar(alpha, tags={338: [kind]}), "a").pixels
        assert np.array_equal(pixels, alpha[..., (2, 1, 0, 3)[:channels]])


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_planes_are_turned_upright_too(orientation: Any) -> None:
    turned = {3: np.rot90(COLOURS, 2), 6: np.rot90(COLOURS, 1), 8: np.rot90(COLOURS, -1)}[orientation]
    data = planar(np.ascontiguousarray(turned), tags={274: [orientation]})
    assert np.array_equal(decode_picture(data, "a").pixels, COLOURS[..., ::-1])


def test_planes_of_inks_are_refused() -> None:
    inks = np.dstack([COLOURS, COLOURS[..., :1]])
    with pytest.raises(InputError, match=r"^a: is a damaged or rare kind of TIFF\. Save it again as PNG or JPEG\.$"):
        decode_picture(planar(inks, tags={262: [5]}), "a")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_white_is_zero(dtype: Any) -> None:
    grey = (COLOURS[..., 0] >> (16 - 8 * np.dtype(dtype).itemsize)).astype(dtype)
    tags = {256: [9], 257: [7], 258: [grey.itemsize * 8], 259: [1], 262: [0], 277: [1], 278: [7]}
    pixels = decode_picture(pack_tiff(tags, [np.invert(grey).tobytes()]), "a").pixels
    assert np.array_equal(pixels, np.dstack([grey] * 3))


@pytest.mark.parametrize("tags", [{262: [32803]}, {50706: [1]}], ids=["sensor", "DNG"])
def test_a_camera_s_raw_file_is_named(tags: Any) -> None:
    with pytest.raises(InputError, match=r"^a: is a camera's raw file\. Develop it, and save it as TIFF or PNG\.$"):
        decode_picture(planar(COLOURS, tags=tags), "a")


def saved(format: Any, pixels: Any = SMOOTH, **options: Any) -> Any:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format, **options)
    return stream.getvalue()


STILLS = {
    "GIF": lambda: saved("GIF", save_all=True, append_images=[Image.fromarray(255 - SMOOTH)]),
    "animated WebP": lambda: saved("WEBP", save_all=True, append_images=[Image.fromarray(255 - SMOOTH)], quality=95),
    "animated PNG": lambda: saved("PNG", save_all=True, append_images=[Image.fromarray(255 - SMOOTH)]),
    "AVIF": lambda: saved("AVIF", quality=95),
    "animated AVIF": lambda: saved("AVIF", save_all=True, append_images=[Image.fromarray(255 - SMOOTH)], quality=95),
    "BMP": lambda: saved("BMP"),
    "PSD": lambda: b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 48, 64, 8, 3) + bytes(12) + b"\0\0"
    + SMOOTH.transpose(2, 0, 1).tobytes(),
}  # fmt: skip


@pytest.mark.parametrize("kind", STILLS)
def test_the_first_picture_of_a_file(kind: Any) -> None:
    pixels = decode_picture(STILLS[kind](), "a").pixels
    assert pixels.shape == SMOOTH.shape
    assert np.abs(pixels.astype(int) - SMOOTH[..., ::-1]).mean() < (6 if kind == "GIF" else 3)


@pytest.mark.parametrize("format", ["GIF", "AVIF"])
def test_transparency_is_kept(format: Any) -> None:
    alpha = np.dstack([SMOOTH, np.where(np.arange(64) < 32, 255, 0)[None].repeat(48, 0)]).astype(np.uint8)
    pixels = decode_picture(saved(format, alpha), "a").pixels
    assert pixels.shape == (48, 64, 4)
    assert pixels[20, [3, 60], 3].tolist() == [255, 0]


@pytest.mark.parametrize("format", ["AVIF", "JPEG"])
def test_what_pillow_reads_is_turned_upright(format: Any) -> None:
    exif = Image.Exif()
    exif[274] = 6
    data = saved(format, np.ascontiguousarray(np.rot90(SMOOTH)), exif=exif, quality=95)
    assert read_header(data).orientation == 6
    assert np.abs(decode_picture(data, "a").pixels.astype(int) - SMOOTH[..., ::-1]).mean() < 3


def heif(brand: Any, *compatible: Any) -> Any:
    brands = brand + bytes(4) + b"".join(compatible)
    return struct.pack(">I", 8 + len(brands)) + b"ftyp" + brands


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (heif(b"heic"), "is a HEIC picture, which cannot be read here. Open it in Photos or Preview"),
        (heif(b"mif1", b"mif1", b"heic"), "is a HEIC picture"),
        (heif(b"avif"), "is a damaged AVIF file. Save it again"),
        (heif(b"mif1", b"mif1", b"avif"), "is a damaged AVIF file"),
        (heif(b"isom"), "is a video, which cannot be read here. Save one of its frames as PNG."),
        (b"GIF89a\0\0\0\0\0\0", "is a damaged GIF file"),
        (b"8BPS\0\1\0\0\0\0\0\0", "is a damaged PSD file"),
        (
            b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 48, 64, 16, 3) + bytes(14),
            "has more than 8 bits a channel, which cannot be read in a PSD. Save it as TIFF.",
        ),
        (b"P6\n64 48\n255\n", "is a PPM, PGM or PAM picture, which cannot be read here. Save it as PNG."),
        (b"DDS \x7c\0\0\0", "is a DDS texture"),
        (b"\x01\xda\1\1\0\3", "is an SGI picture"),
        (b"\0\0\1\0\1\0\x10\x10", "is an icon"),
        (b"8BPS\0\2\0\0\0\0\0\0", "is a large Photoshop document (PSB)"),
        (b"II+\0\x08\0\0\0\0\0\0\0", "is a damaged TIFF file"),
        (b"%PDF-1.7\n%\xe2\xe3", "is a PDF document, which cannot be read here. Export the page as PNG."),
        (b"%!PS-Adobe-3.0 EPSF", "is a PostScript document"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "is a JPEG XL picture"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "is a JPEG 2000 picture"),
        (b'<?xml version="1.0"?><svg/>', "is an SVG or HTML file"),
        (b"#?RADIANCE\n", "is a Radiance HDR picture"),
        (b"FUJIFILMCCD-RAW", "is a camera's raw file"),
    ],
    ids=lambda value: value[:14] if isinstance(value, bytes) else "",
)
def test_the_true_format_is_named_whatever_the_file_s_name(data: Any, message: Any) -> None:
    with pytest.raises(InputError, match="^sitter[.]jpg: " + re.escape(message)) as refusal:
        decode_picture(data, "sitter.jpg")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("kind", STILLS)
def test_every_cut_is_one_line(kind: Any) -> None:
    data = STILLS[kind]()
    for length in [*range(1, 60), *range(60, len(data), max(1, len(data) // 40))]:
        try:
            decode_picture(data[:length], "a")
        except InputError as error:
            assert re.fullmatch(r"a: [^\n]+\.", str(error))


def test_a_gif_that_declares_too_much_is_refused() -> None:
    data = bytearray(STILLS["GIF"]())
    struct.pack_into("<HH", data, 6, 30_000, 30_000)
    with pytest.raises(InputError, match=rf"^a: 30000 x 30000 pixels are too many\. .* {MAX_PIXELS // 10**6} million"):
        decode_picture(bytes(data), "a")


def profile(space: Any = "RGB ") -> Any:
    """A profile that is whole, of any colour space."""
    body = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    body[16:20] = space.encode()
    return bytes(body)


def tiff_with_profile(body: Any) -> Any:
    height, width, channels = SMOOTH.shape
    tags = {256: [width], 257: [height], 258: [8] * channels, 259: [1], 262: [2], 277: [channels], 278: [height]}
    return pack_tiff(tags, [SMOOTH.tobytes()], extra={34675: (7, list(body))})


WITH_PROFILE = {
    "JPEG": lambda body: saved("JPEG", icc_profile=body),
    "PNG": lambda body: saved("PNG", icc_profile=body),
    "WebP": lambda body: saved("WEBP", icc_profile=body),
    "AVIF": lambda body: saved("AVIF", icc_profile=body),
    "TIFF": tiff_with_profile,
}


@pytest.mark.parametrize("format", WITH_PROFILE)
def test_a_profile_goes_into_the_frames(format: Any) -> None:
    """The numbers are as in the file, and what they mean is said: the same colours, in Blender and elsewhere."""
    picture = decode_picture(WITH_PROFILE[format](profile()), "a")
    assert picture.profile == profile()
    assert picture.notes == ()
    frame = encode_picture(picture.pixels, profile=picture.profile)
    with Image.open(io.BytesIO(frame)) as opened:
        assert opened.info["icc_profile"] == profile()
        assert "XML:com.adobe.xmp" in getattr(opened, "text", ())
    assert decode_picture(frame, "frame").profile == profile()


def test_a_profile_for_other_numbers_is_left_out_and_said() -> None:
    picture = decode_picture(WITH_PROFILE["JPEG"](profile("CMYK")), "a")
    assert picture.profile == b""
    assert picture.notes == ("a: its colour profile is not for RGB and is left out.",)


@pytest.mark.parametrize("body", [b"x" * 200, profile()[:-1]], ids=["none", "cut"])
def test_a_damaged_profile_is_ignored(body: Any) -> None:
    picture = decode_picture(WITH_PROFILE["PNG"](body), "a")
    assert picture.profile == b""
    assert picture.notes == ()


def test_a_profile_that_unpacks_to_a_bomb_is_ignored() -> None:
    assert decode_picture(WITH_PROFILE["PNG"](bytes(64 << 20)), "a").profile == b""


def test_without_pillow_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "PIL.GifImagePlugin", None)
    with pytest.raises(InputError, match=r"^a: Pillow, which reads it, does not load .*Install Living Portraits again"):
        decode_picture(STILLS["GIF"](), "a")
