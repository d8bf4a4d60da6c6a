import io
import re
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait_addon.errors import InputError
from portrait_addon.media import files, pictures
from portrait_addon.media.files import whole_file
from portrait_addon.media.pictures import SourceImage, decode_picture, encode_picture, read_picture
from portrait_addon.media.provenance import SYNTHETIC

UPRIGHT = np.array([[1, 2, 3], [4, 5, 6]], np.uint8) * 40
"""Told apart after any turn or mirroring."""

STORED = {  # what a camera stores for `UPRIGHT` under each EXIF orientation, from the standard's own words
    1: UPRIGHT,  # row 0 is the top, column 0 the left side
    2: np.fliplr(UPRIGHT),  # top, right
    3: np.rot90(UPRIGHT, 2),  # bottom, right
    4: np.flipud(UPRIGHT),  # bottom, left
    5: UPRIGHT.T,  # left, top
    6: np.rot90(UPRIGHT, 1),  # right, top
    7: np.rot90(UPRIGHT, 2).T,  # right, bottom
    8: np.rot90(UPRIGHT, -1),  # left, bottom
}


def png_chunk(name: Any, body: Any) -> Any:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(size: Any, depth: Any, colour_type: Any, rows: Any, *extra: Any) -> Any:
    header = struct.pack(">IIBBBBB", *size, depth, colour_type, 0, 0, 0)
    chunks = [png_chunk(b"IHDR", header), *extra, png_chunk(b"IDAT", zlib.compress(rows)), png_chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def exif(orientation: Any, order: Any = "<") -> Any:
    start = {"<": b"II*\0", ">": b"MM\0*"}[order]
    return start + struct.pack(f"{order}IHHHIHHI", 8, 1, 274, 3, 1, orientation, 0, 0)


def with_exif(suffix: Any, data: Any, body: Any) -> Any:
    if suffix == ".jpg":
        body = b"Exif\0\0" + body
        return data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]
    if suffix == ".png":
        return data[:33] + png_chunk(b"eXIf", body) + data[33:]
    canvas = bytes([8, 0, 0, 0]) + b"".join((side - 1).to_bytes(3, "little") for side in webp_size(data))
    chunks = riff_chunk(b"VP8X", canvas) + data[12:] + riff_chunk(b"EXIF", body)
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def riff_chunk(name: Any, body: Any) -> Any:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def webp_size(data: Any) -> Any:
    (bits,) = struct.unpack_from("<I", data, 21)
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def tiff(pixels: Any, *, orientation: Any = 1, alpha: Any = None, photometric: Any = 2) -> Any:
    """A little TIFF of (h, w, channels) pixels in RGB or CMYK order, with the tags that matter here."""
    height, width, channels = pixels.shape
    bits = pixels.itemsize * 8
    body = pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
    body += b"\0" * (len(body) % 2)
    depths = 8 + len(body)
    body += struct.pack(f"<{channels}H", *[bits] * channels)
    entries = [
        (256, 3, 1, width), (257, 3, 1, height), (258, 3, channels, depths), (259, 3, 1, 1), (262, 3, 1, photometric),
        (273, 4, 1, 8), (274, 3, 1, orientation), (277, 3, 1, channels), (278, 3, 1, height),
        (279, 4, 1, pixels.nbytes),
    ]  # fmt: skip
    if alpha is not None:
        entries.append((338, 3, 1, alpha))
    directory = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<I", 8 + len(body)) + body + struct.pack("<H", len(entries)) + directory + bytes(4)


def encoded(suffix: Any, pixels: Any) -> Any:
    parameters = [cv2.IMWRITE_WEBP_QUALITY, 101] if suffix == ".webp" else []  # above 100: lossless
    return cv2.imencode(suffix, pixels, parameters)[1].tobytes()


def enlarged(grey: Any, scale: Any) -> Any:
    return cv2.cvtColor(np.kron(grey, np.ones((scale, scale), np.uint8)), cv2.COLOR_GRAY2BGR)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_exif_orientation_is_undone(suffix: Any, orientation: Any) -> None:
    scale = 16  # two JPEG blocks, so that flat cells stay flat
    data = with_exif(suffix, encoded(suffix, enlarged(STORED[orientation], scale)), exif(orientation))
    pixels = decode_picture(data, "a").pixels
    assert np.abs(pixels.astype(int) - enlarged(UPRIGHT, scale)).max() <= 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_tiff_orientation_is_undone_once(orientation: Any) -> None:
    data = tiff(np.dstack([STORED[orientation]] * 3), orientation=orientation)
    assert np.array_equal(decode_picture(data, "a").pixels[..., 0], UPRIGHT)


def test_exif_of_either_byte_order_and_damaged_exif() -> None:
    data = encoded(".png", enlarged(UPRIGHT, 1))
    assert decode_picture(with_exif(".png", data, exif(6, ">")), "a").pixels.shape == (3, 2, 3)
    assert decode_picture(with_exif(".png", data, exif(6)[:12]), "a").pixels.shape == (2, 3, 3)
    assert decode_picture(with_exif(".png", data, exif(99)), "a").pixels.shape == (2, 3, 3)


@pytest.mark.parametrize(
    ("depth", "colour_type", "rows", "extra", "expected"),
    [
        (8, 0, b"\0\x0a\x14", (), np.array([[[10] * 3, [20] * 3]], np.uint8)),
        (16, 0, b"\0\x01\x00\x02\x00", (), np.array([[[256] * 3, [512] * 3]], np.uint16)),
        (8, 4, b"\0\x0a\xff\x14\x80", (), np.array([[[10, 10, 10, 255], [20, 20, 20, 128]]], np.uint8)),
        (8, 3, b"\0\0\1", (png_chunk(b"PLTE", bytes(range(1, 7))),), np.array([[[3, 2, 1], [6, 5, 4]]], np.uint8)),
        (1, 0, b"\0\x80", (), np.array([[[255] * 3, [0] * 3]], np.uint8)),
    ],
    ids=["grey", "grey 16", "grey with alpha", "palette", "black and white"],
)
def test_kinds_of_png(depth: Any, colour_type: Any, rows: Any, extra: Any, expected: Any) -> None:
    pixels = decode_picture(png((2, 1), depth, colour_type, rows, *extra), "a").pixels
    assert pixels.dtype == expected.dtype
    assert np.array_equal(pixels, expected)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_16_bits_and_alpha_survive(suffix: Any) -> None:
    original = np.random.default_rng(1).integers(0, 65536, (5, 7, 4), np.uint16)
    original[..., 3] |= 1  # a colour under alpha 0 means nothing
    assert np.array_equal(decode_picture(encoded(suffix, original), "a").pixels, original)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("alpha", [1, 2], ids=["premultiplied", "straight"])
def test_alpha_of_tiff_becomes_straight(dtype: Any, alpha: Any) -> None:
    full = np.iinfo(dtype).max
    red = np.array([[[full, full // 2, 0, full // 2]]], dtype)
    stored = red.copy()
    if alpha == 1:
        stored[..., :3] //= 2
    pixels = decode_picture(tiff(stored, alpha=alpha), "a").pixels
    assert np.abs(pixels.astype(int) - red[..., [2, 1, 0, 3]]).max() <= 2


INKS = np.array([[[55, 215, 225, 0], [127, 127, 127, 0]]], np.uint8)
PRINTED = [[30, 40, 200], [128, 128, 128]]
"""BGR of `INKS`."""


def test_cmyk_becomes_rgb() -> None:
    """A JPEG that another program wrote, with inks inverted as Adobe does, and a TIFF."""
    jpeg = read_picture(Path(__file__).with_name("cmyk.jpg")).pixels
    assert jpeg.shape == (16, 24, 3)
    assert np.abs(jpeg[[2, 12], [2, 2]].astype(int) - PRINTED).max() <= 2
    assert decode_picture(tiff(INKS, photometric=5), "a").pixels[0].tolist() == PRINTED


def test_cmyk_of_16_bits_is_refused() -> None:
    with pytest.raises(InputError, match=r"^a: is a damaged or rare kind of TIFF\. Save it again as PNG or JPEG\.$"):
        decode_picture(tiff(INKS.astype(np.uint16) * 257, photometric=5), "a")


def test_one_pixel() -> None:
    assert decode_picture(encoded(".png", np.full((1, 1, 3), 7, np.uint8)), "a").pixels.tolist() == [[[7, 7, 7]]]


def test_non_ascii_path(tmp_path: Path) -> None:
    path = tmp_path / "тест ünï.png"
    path.write_bytes(encoded(".png", UPRIGHT))
    picture = read_picture(path)
    assert picture.pixels.shape == (2, 3, 3)
    assert picture.name == str(path)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tiff", ".webp"])
def test_every_cut_of_a_file_is_refused_or_decoded(suffix: Any) -> None:
    data = encoded(suffix, np.random.default_rng(0).integers(0, 255, (9, 8, 3), np.uint8))
    refused = 0
    for length in range(0, len(data), 7):
        try:
            assert decode_picture(data[:length], "a").pixels.shape == (9, 8, 3)
        except InputError:
            refused += 1
    assert refused > len(data) // 7 - 4  # what follows the last pixel may be missing


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is not a JPEG"),
        (b"hello, world", "is not a JPEG"),
        (b"\x89PNG\r\n\x1a\n", "is a damaged PNG"),
        (b"\xff\xd8\xff\xe0\0\x10", "is a damaged JPEG"),
        (b"II*\0\xff\xff\xff\xff", "is a damaged TIFF"),
        (b"RIFF\0\0\0\0WEBPVP9 ", "is a damaged WebP"),
        (png((0, 4), 8, 2, b""), "is a damaged PNG"),
        (png((40_000, 2), 8, 2, b""), "40000 x 2 pixels are too many"),
        (png((20_000, 20_000), 8, 2, b""), "20000 x 20000 pixels are too many"),
        (png((9_000, 9_000), 8, 2, b""), "declares 9000 x 9000 pixels in a file of"),
        (encoded(".tiff", np.zeros((2, 2, 3), np.float32)), "has float32 pixels"),
    ],
)
def test_bad_data_is_refused_by_name_and_reason(data: Any, reason: Any) -> None:
    with pytest.raises(InputError, match=re.escape(f"sitter.png: {reason}")) as refusal:
        decode_picture(data, "sitter.png")
    assert "\n" not in str(refusal.value)


def test_a_trap_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("memory would have been taken"))
    with pytest.raises(InputError, match="declares"):
        decode_picture(png((9_000, 9_000), 8, 2, b""), "a")


@pytest.mark.parametrize(("name", "reason"), [("missing.png", "no such file"), (".", "is not a file")])
def test_files_that_are_none(tmp_path: Path, name: Any, reason: Any) -> None:
    with pytest.raises(InputError, match=reason):
        read_picture(tmp_path / name)


def test_a_file_above_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_FILE_BYTES", 100)
    path = tmp_path / "large.png"
    path.write_bytes(bytes(101))
    with pytest.raises(InputError, match=r"large.png: is larger than"):
        read_picture(path)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [3, 4])
def test_frames_come_back_bit_for_bit(dtype: Any, channels: Any) -> None:
    pixels = np.random.default_rng(2).integers(0, np.iinfo(dtype).max, (11, 6, channels), dtype, endpoint=True)
    again = decode_picture(encode_picture(pixels), "frame").pixels
    assert again.dtype == dtype
    assert np.array_equal(again, pixels)


@pytest.mark.parametrize("pixels", [np.zeros((2, 2), np.uint8), np.zeros((2, 2, 3), np.float32)])
def test_what_is_no_frame_is_refused(pixels: Any) -> None:
    with pytest.raises(ValueError, match="no PNG of shape"):
        encode_picture(pixels)


def test_frames_say_that_they_are_synthetic() -> None:
    stream = io.BytesIO(encode_picture(np.zeros((2, 2, 3), np.uint8))[8:])
    texts = []
    while header := stream.read(8):
        length, name = struct.unpack(">I4s", header)
        body, checksum = stream.read(length), stream.read(4)
        assert checksum == struct.pack(">I", zlib.crc32(name + body))
        texts += [body] if name == b"iTXt" else []
    (text,) = texts
    assert text.startswith(b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta")
    assert SYNTHETIC.encode() in text
    assert re.search(rb'CreatorTool="Living Portraits \d+\.\d+\.\d+"', text)


def test_a_coloured_picture_keeps_its_size_and_colours() -> None:
    """Only a large one is shrunk; depths and channels become 8-bit BGRA."""
    deep = np.full((20, 30, 3), (65535, 0, 30000), np.uint16)
    huge = np.full((30, 5000, 4), (10, 20, 250, 255), np.uint8)
    painted = {"teeth": SourceImage(deep, "deep"), "more": SourceImage(huge, "huge")}
    masks = SourceImage(np.zeros((8, 16, 3), np.uint8), "portrait").with_masks(painted, {"teeth", "more"}).masks
    assert masks["teeth"].shape == (20, 30, 4)
    assert masks["teeth"][3, 4].tolist() == [255, 0, 117, 255]
    assert masks["more"].shape == (12, 2048, 4)
    assert masks["more"][3, 4].tolist() == [10, 20, 250, 255]


@pytest.mark.parametrize(
    ("pixels", "problem"),
    [
        (np.full((15, 99, 3), 200, np.uint8), "99 x 15 pixels are too few. Use a picture of at least 16 a side."),
        (np.zeros((40, 40, 3), np.uint8), "is black or transparent all over. Choose another picture."),
        (np.full((40, 40, 4), (255, 255, 255, 0), np.uint8), "is black or transparent all over"),
        (np.full((40, 40, 3), np.nan, np.float32), "is black or transparent all over"),
    ],
)
def test_a_coloured_picture_that_shows_nothing_is_refused(pixels: NDArray[Any], problem: str) -> None:
    with pytest.raises(InputError, match=rf"teeth\.png: {problem}"):
        SourceImage(np.zeros((8, 16, 3), np.uint8), "portrait").with_masks(
            {"teeth": SourceImage(pixels, "teeth.png")}, {"teeth"}
        )


def test_masks_are_the_lightness_at_the_size_of_the_picture() -> None:
    """Of any depth; what is transparent is not painted."""
    floats = np.full((2, 4, 4), 0.5, np.float32)
    floats[:, 2:, 3] = 0
    painted = {"hair": SourceImage(np.full((9, 9, 3), 65535, np.uint16), "hair"), "face": SourceImage(floats, "face")}
    picture = SourceImage(np.zeros((8, 16, 3), np.uint8), "portrait").with_masks(painted)
    assert (picture.masks["hair"] == 255).all()
    assert picture.masks["face"].shape == (8, 16)
    assert picture.masks["face"].dtype == np.uint8
    assert picture.masks["face"][4, [0, 15]].tolist() == [64, 0]


def write_whole(path: Any, data: Any) -> None:
    with whole_file(path) as file:
        file.write(data)


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "frame_0001.png").mkdir()  # a folder cannot be replaced
    with pytest.raises(InputError, match=r"frame_0001\.png: cannot be written"):
        write_whole(tmp_path / "frame_0001.png", b"new")
    assert [file.name for file in tmp_path.iterdir()] == ["frame_0001.png"]
    with pytest.raises(InputError, match=r"frame_0001.png: cannot be written .*\. Choose a folder"):
        write_whole(tmp_path / "missing" / "frame_0001.png", b"new")


@pytest.mark.parametrize("refusals", [1, 3])
def test_a_rename_that_is_refused_for_a_moment_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusals: Any
) -> None:
    """As Windows does while a virus scanner looks at a new file."""
    rename, left = Path.replace, [refusals]

    def replace(self: Any, target: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    write_whole(tmp_path / "frame_0001.png", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("frame_0001.png", b"new")]


def test_a_rename_that_stays_refused_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr(files, "PAUSES", (0.0, 0.0))
    with pytest.raises(InputError, match=r"frame_0001\.png: cannot be written \(Permission denied\)"):
        write_whole(tmp_path / "frame_0001.png", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_replaced_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious.png"
    target.write_bytes(b"precious")
    (tmp_path / "frame_0001.png").symlink_to(target)
    write_whole(tmp_path / "frame_0001.png", b"new")
    assert target.read_bytes() == b"precious"
    assert (tmp_path / "frame_0001.png").read_bytes() == b"new"


def exif_of_lens(focal: int, width: int, height: int) -> bytes:
    """EXIF of a camera: the first directory only leads to the second, which has the lens and the picture's size."""
    pointer = struct.pack("<HHII", 34665, 4, 1, 8 + 2 + 12 + 4)
    entries = [(40962, 4, width), (40963, 4, height), (41989, 3, focal)]
    second = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0" + struct.pack("<IH", 8, 1) + pointer + struct.pack("<I", 0) + struct.pack("<H", 3) + second


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_the_lens_of_a_picture_that_was_not_cut_is_known(suffix: str) -> None:
    data = encoded(suffix, np.zeros((20, 30, 3), np.uint8))
    assert decode_picture(with_exif(suffix, data, exif_of_lens(85, 30, 20)), "a").lens == 85
    assert decode_picture(with_exif(suffix, data, exif_of_lens(85, 60, 40)), "a").lens is None
    assert decode_picture(with_exif(suffix, data, exif_of_lens(0, 30, 20)), "a").lens is None
    assert decode_picture(with_exif(suffix, data, exif_of_lens(85, 30, 20)[:30]), "a").lens is None
    assert decode_picture(data, "a").lens is None
