"""Every kind of clip that docs/media.md names: made here, read, and compared with the pictures it was made of."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from portrait_addon.errors import InputError
from portrait_addon.media import hdr, libav, video
from portrait_addon.media.clips import open_clip
from portrait_addon.media.exr import picture_layer, write_exr
from tests.films import BT_709, BT_2020, FULL, LIMITED, write_video

WIDTH, HEIGHT, FRAMES = 96, 64, 9
QUIET = {"x265-params": "log-level=none"}


def picture(number: int, width: int = WIDTH, height: int = HEIGHT) -> Any:
    """A face-coloured ground on which a bright square moves to the right, four pixels a frame; its corner is marked."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:] = (60, 100, 170)
    pixels[height // 4 : height // 2, 8 + 4 * number : 24 + 4 * number] = (190, 210, 230)
    pixels[: height // 8, : width // 8] = (200, 60, 40)
    return pixels


PICTURES = [picture(number) for number in range(FRAMES)]


def read(path: Path) -> Any:
    """The clip, its times and its pictures."""
    clip = open_clip(path)
    times, pictures = zip(*clip, strict=True)
    return clip, np.array(times), pictures


def error(shown: tuple[NDArray[Any], ...] | list[NDArray[Any]], expected: list[NDArray[Any]]) -> Any:
    return max(np.abs(a.astype(int) - b).mean() for a, b in zip(shown, expected, strict=True))


@pytest.mark.parametrize(
    ("name", "how"),
    {
        "h264.mp4": {},
        "h264.mov": {},
        "h264.mkv": {},
        "h264.ts": {},
        "h264.flv": {},
        "fragments.mp4": {"container": {"movflags": "frag_keyframe+empty_moov"}},
        "hevc.mp4": {"codec": "libx265", "options": QUIET},
        "10 bit hevc.mp4": {"codec": "libx265", "pixels": "yuv420p10le", "options": QUIET},
        "av1.mp4": {"codec": "libsvtav1", "options": {"preset": "10"}},
        "vp8.webm": {"codec": "libvpx"},
        "vp9.webm": {"codec": "libvpx-vp9"},
        "vp9 with alpha.webm": {"codec": "libvpx-vp9", "pixels": "yuva420p"},
        "prores.mov": {"codec": "prores_ks", "pixels": "yuv422p10le"},
        "prores 4444.mov": {"codec": "prores_ks", "pixels": "yuva444p10le", "options": {"profile": "4444"}},
        "mjpeg.avi": {"codec": "mjpeg", "pixels": "yuvj420p"},
        "mpeg4.avi": {"codec": "mpeg4"},
        "mpeg2.mpg": {"codec": "mpeg2video"},
        "mpeg2.mxf": {"codec": "mpeg2video"},
        "windows.wmv": {"codec": "wmv2"},
        "animation.gif": {"codec": "gif", "pixels": "rgb8", "rate": 10},
        "animation.png": {"codec": "apng", "pixels": "rgb24", "rate": 10, "format": "apng"},
        "png.mov": {"codec": "png", "pixels": "rgb24"},
        "60.mp4": {"rate": 60},
        "119.88.mp4": {"rate": Fraction(120000, 1001)},
        "full range.mp4": {"colours": (BT_709, FULL, 1, 1)},
        "bt.709.mp4": {"colours": (BT_709, LIMITED, 1, 1)},
    }.items(),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_kind(tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, how: dict[str, Any]) -> None:
    write_video(tmp_path / name, PICTURES, **how)
    clip, times, pictures = read(tmp_path / name)
    assert (clip.size, clip.rate) == ((WIDTH, HEIGHT), how.get("rate", 25))
    assert np.allclose(times, np.arange(FRAMES) / float(clip.rate), atol=0.002)
    assert error(pictures, PICTURES) < (22 if name.endswith("gif") else 6)
    assert clip.shortfall(times) is None
    assert not clip.conversions


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="the system has no such priorities")
def test_no_encoder_changes_the_priority_of_the_tests(tmp_path: Path) -> None:
    write_video(tmp_path / "av1.mp4", PICTURES, codec="libsvtav1", options={"preset": "10"})
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_colours_are_those_of_the_matrix_named(tmp_path: Path) -> None:
    """As Blender shows them; where none is named, as BT.601, whatever the size."""
    flat = [np.full((720, 1280, 3), (40, 60, 200), np.uint8)]
    write_video(tmp_path / "709.mp4", flat, colours=(BT_709, LIMITED, 1, 1))
    write_video(tmp_path / "plain.mp4", flat)
    for name in ("709.mp4", "plain.mp4"):
        ((_, shown),) = open_clip(tmp_path / name)
        assert np.abs(shown.astype(int) - flat[0]).max() <= 4


@pytest.mark.parametrize(("ratio", "size"), [(Fraction(4, 3), (128, 64)), (Fraction(2, 3), (96, 96))])
def test_squeezed_pixels_become_square(tmp_path: Path, ratio: Fraction, size: tuple[int, int]) -> None:
    write_video(tmp_path / "squeezed.mp4", PICTURES, ratio=ratio)
    clip, _, pictures = read(tmp_path / "squeezed.mp4")
    assert clip.size == size
    assert error(pictures, [cv2.resize(pixels, size) for pixels in PICTURES]) < 6


def test_a_senseless_ratio_is_not_believed(tmp_path: Path) -> None:
    write_video(tmp_path / "squeezed.mp4", PICTURES, ratio=Fraction(1, 200))
    assert open_clip(tmp_path / "squeezed.mp4").size == (WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("size", "inside"), [((48, 32), (slice(None), slice(None))), ((48, 48), (slice(None), slice(16, 80)))]
)
def test_another_size_in_mid_clip_is_scaled_to_the_first(
    tmp_path: Path, size: tuple[int, int], inside: tuple[slice, slice]
) -> None:
    """And never distorted: what has other proportions gets a border."""
    other = [picture(number, *size) for number in range(FRAMES)]
    joined = b"".join(write_video(tmp_path / "part.ts", part).read_bytes() for part in (PICTURES, other))
    (tmp_path / "joined.ts").write_bytes(joined)
    _, times, pictures = read(tmp_path / "joined.ts")
    assert len(times) == 2 * FRAMES
    assert all(before < after for before, after in pairwise(times))
    assert error(pictures[:FRAMES], PICTURES) < 6
    scaled = [cv2.resize(pixels, None, fx=HEIGHT / size[1], fy=HEIGHT / size[1]) for pixels in other]
    assert error([pixels[inside] for pixels in pictures[FRAMES:]], scaled) < 8


@pytest.mark.parametrize("transfer", [hdr.PQ, hdr.HLG])
def test_high_dynamic_range_is_tone_mapped(tmp_path: Path, transfer: int) -> None:
    """A ramp of greys in light below the knee comes back as in an ordinary clip."""
    nits = np.linspace(2, 60, WIDTH)
    codes = hdr.nits_to_pq(nits) if transfer == hdr.PQ else hlg_codes(nits)
    ramp = np.repeat(np.rint(65535 * codes).astype(np.uint16)[None, :, None], 3, axis=2).repeat(HEIGHT, axis=0)
    write_video(
        tmp_path / "hdr.mp4", [ramp] * 3, codec="libx265", pixels="yuv420p10le", given="rgb48le",
        colours=(BT_2020, LIMITED, transfer, BT_2020), options=QUIET | {"crf": "4"},
    )  # fmt: skip
    clip, _, pictures = read(tmp_path / "hdr.mp4")
    light = nits / 203
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(pictures[1].mean(axis=(0, 2)) - 255 * srgb).max() < 4
    assert "high dynamic range" in clip.conversions[0]


def hlg_codes(nits: NDArray[Any]) -> Any:
    scene = (nits / 1000) ** (1 / 1.2)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), a * np.log(np.maximum(12 * scene - b, 1e-9)) + c)


def test_colours_of_wide_gamut_are_brought_to_srgb(tmp_path: Path) -> None:
    """A skin colour written in BT.2020 looks the same."""
    skin = np.array([0.30, 0.16, 0.11])  # linear sRGB
    wide = np.linalg.inv(hdr.FROM_2020.astype(float)) @ skin
    codes = np.rint(65535 * hdr.nits_to_pq(203 * wide)).astype(np.uint16)
    flat = np.broadcast_to(codes, (HEIGHT, WIDTH, 3)).copy()
    assert np.abs(hdr.tone_mapped(flat, hdr.PQ)[0, 0, ::-1] / 255 - (1.055 * skin ** (1 / 2.4) - 0.055)).max() < 0.01


@pytest.mark.parametrize("codec", ["libx264", "mpeg2video"])
def test_interlaced_frames_are_made_whole(tmp_path: Path, codec: str) -> None:
    """Each frame weaves two moments; what is read has no comb and one frame for each."""
    moments = [picture(number, WIDTH, HEIGHT) for number in range(2 * FRAMES)]
    woven = [moment.copy() for moment in moments[::2]]
    for frame, later in zip(woven, moments[1::2], strict=True):
        frame[1::2] = later[1::2]
    options = {"x264-params": "tff=1"} if codec == "libx264" else {}
    write_video(tmp_path / "woven.mkv", woven, codec=codec, interlaced=True, options=options | {"b": "4M"})
    clip, times, pictures = read(tmp_path / "woven.mkv")
    assert len(times) == FRAMES
    assert np.allclose(times, np.arange(FRAMES) / 25, atol=0.002)
    assert "interlaced" in clip.conversions[0]
    for shown in pictures[1:-1]:
        rows = shown[18:30].astype(int)
        assert np.abs(rows[1:-1] - (rows[:-2] + rows[2:]) / 2).max() < 30, "a comb is left"


@pytest.mark.parametrize(
    ("matrix", "turned"),
    {
        "phone": ((0, 1, -1, 0), lambda pixels: np.rot90(pixels, 3)),
        "other way": ((0, -1, 1, 0), lambda pixels: np.rot90(pixels, 1)),
        "head down": ((-1, 0, 0, -1), lambda pixels: np.rot90(pixels, 2)),
        "mirrored": ((-1, 0, 0, 1), lambda pixels: pixels[:, ::-1]),
        "mirrored phone": ((0, 1, 1, 0), lambda pixels: pixels.transpose(1, 0, 2)),
    }.values(),
)
def test_turned_and_mirrored_clips_are_upright(
    tmp_path: Path, matrix: tuple[int, int, int, int], turned: Callable[..., Any]
) -> None:
    a, b, c, d = (value << 16 for value in matrix)
    write_video(tmp_path / "phone.mov", PICTURES, 60, matrix=[a, b, 0, c, d, 0, 0, 0, 1 << 30])
    clip, _, pictures = read(tmp_path / "phone.mov")
    assert clip.size == turned(PICTURES[0]).shape[1::-1]
    assert error(pictures, [turned(pixels) for pixels in PICTURES]) < 6


@pytest.mark.parametrize(("name", "codec"), [("live.webm", "libvpx"), ("live.mkv", "libx264")])
def test_a_recording_without_duration_is_read_to_its_end(tmp_path: Path, name: str, codec: str) -> None:
    write_video(tmp_path / name, PICTURES, codec=codec, container={"live": "1"})
    clip, times, _ = read(tmp_path / name)
    assert (clip.frame_count_declared, len(times)) == (0, FRAMES)
    assert clip.shortfall(times) is None


def test_a_clip_trimmed_without_encoding_begins_where_it_was_trimmed(tmp_path: Path) -> None:
    """Its edit list cuts off frames that others need; they are neither shown nor missed."""
    whole = write_video(tmp_path / "whole.mp4", [picture(n % 16) for n in range(30)], options={"g": "30", "bf": "0"})
    with av.open(str(whole)) as source, av.open(str(tmp_path / "cut.mp4"), "w") as target:
        (given,) = source.streams.video
        kept = target.add_stream_from_template(given)
        first = round(0.4 / (given.time_base or 1))
        for packet in source.demux(given):
            if packet.dts is None or packet.pts is None:
                continue
            packet.pts -= first
            packet.dts -= first
            packet.stream = kept
            target.mux(packet)
    clip, times, pictures = read(tmp_path / "cut.mp4")
    assert (clip.frame_count_declared, len(times)) == (20, 20)
    assert clip.shortfall(times) is None
    assert np.abs(pictures[0].astype(int) - picture(10)).mean() < 6


def test_sound_that_outlasts_the_pictures_is_no_damage(tmp_path: Path) -> None:
    silence = np.zeros(16000, np.int16)
    for name in ("longer.mp4", "longer.mkv", "longer.webm"):
        codec, sound = ("libvpx", "libopus") if name.endswith("webm") else ("libx264", "aac")
        write_video(tmp_path / name, PICTURES, codec=codec, samples=(0, silence), sound=sound)
        clip, times, _ = read(tmp_path / name)
        assert clip.shortfall(times) is None


@pytest.mark.parametrize("name", ["late.mp4", "late.mkv", "late.mov"])
@pytest.mark.parametrize(("picture_at", "sound_at"), [(0.0, 0.6), (0.6, 0.0), (0.0, 0.0)])
def test_how_much_later_the_sound_begins(tmp_path: Path, name: str, picture_at: float, sound_at: float) -> None:
    stamps = [round(1000 * picture_at) + 40 * number for number in range(FRAMES)]
    write_video(
        tmp_path / name, PICTURES, stamps=stamps, samples=(sound_at, np.zeros(8000, np.int16)), sound="pcm_s16le"
        if name.endswith("mov") else "aac",
    )  # fmt: skip
    clip, times, _ = read(tmp_path / name)
    assert times[0] == 0
    assert clip.sound_delay == pytest.approx(sound_at - picture_at, abs=0.13)  # the encoder's first block, at 8 kHz


def test_an_animated_webp(tmp_path: Path) -> None:
    """Whose frames last 40, 80, 120 milliseconds and so on."""
    first, *rest = (Image.fromarray(pixels[..., ::-1]) for pixels in PICTURES)
    lengths = [40 * number for number in range(1, FRAMES + 1)]
    first.save(tmp_path / "a.webp", save_all=True, append_images=rest, duration=lengths, lossless=True)
    clip, times, pictures = read(tmp_path / "a.webp")
    assert (clip.size, clip.rate, clip.frame_count_declared) == ((WIDTH, HEIGHT), 25, FRAMES)
    assert np.allclose(times, np.cumsum([0, *lengths[:-1]]) / 1000)
    assert error(pictures, PICTURES) == 0
    first.save(tmp_path / "still.webp")
    with pytest.raises(InputError, match=r"still\.webp: is a single picture, not a clip"):
        open_clip(tmp_path / "still.webp")


@pytest.mark.parametrize("kept", [30, 200, 500])
def test_a_damaged_animated_webp(tmp_path: Path, kept: int) -> None:
    first, *rest = (Image.fromarray(pixels[..., ::-1]) for pixels in PICTURES)
    first.save(tmp_path / "a.webp", save_all=True, append_images=rest, lossless=True)
    (tmp_path / "a.webp").write_bytes((tmp_path / "a.webp").read_bytes()[:kept])
    with pytest.raises(InputError, match=r"a\.webp: is a damaged WebP file\. Save it again"):
        list(open_clip(tmp_path / "a.webp"))


def test_a_sequence_of_exr_files_without_leading_zeros(tmp_path: Path) -> None:
    """In the order of their numbers, encoded as the same picture in a PNG is."""
    for number, pixels in enumerate(PICTURES, 5):
        write_exr(tmp_path / f"shot.{number}.exr", {"": picture_layer(pixels.astype(np.float32) / 255)}, {})
    clip, times, pictures = read(tmp_path / "shot.5.exr")
    assert clip.files[-1].name == f"shot.{4 + FRAMES}.exr"
    assert np.allclose(times, np.arange(FRAMES) / 25)
    assert error(pictures, PICTURES) < 1


# What is refused, in one line each, before a frame is decoded.

LISTS = {
    "concat": "ffconcat version 1.0\nfile {victim}\n",
    "HLS": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{victim}\n#EXT-X-ENDLIST\n",
    "HLS to an address": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
    "DASH": '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{victim}</BaseURL></MPD>\n',
    "SDP": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "playlist": "[playlist]\nFile1={victim}\n",
}


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.m3u8", "clip"])
@pytest.mark.parametrize("kind", LISTS)
def test_what_only_names_other_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, name: str
) -> None:
    victim = write_video(tmp_path / "victim.mp4", PICTURES[:2])
    (tmp_path / name).write_text(LISTS[kind].format(victim=victim.name))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r": only names other files, and is no clip\. Choose the video[^\n]*$"):
        open_clip(tmp_path / name)


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "song.mp4"), "w") as file:
        stream = file.add_stream("aac", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), "s16", "mono")
        frame.sample_rate = 8000
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    with pytest.raises(InputError, match=r"song\.mp4: holds no pictures, only sound or text\. Choose a video\."):
        open_clip(tmp_path / "song.mp4")


def test_sizes_are_checked_before_a_frame_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_video(tmp_path / "clip.mp4", PICTURES)
    monkeypatch.setattr(video, "decoded", lambda *_: pytest.fail("decoded"))
    monkeypatch.setattr(video, "MAX_FRAMES", FRAMES - 1)
    with pytest.raises(InputError, match=r"clip\.mp4: 9 frames are too many\. Cut the clip"):
        open_clip(path)
    monkeypatch.setattr(video, "MAX_FRAME_PIXELS", WIDTH * HEIGHT - 1)
    with pytest.raises(InputError, match=r"clip\.mp4: frames of 96 x 64 pixels are too large\. Scale them down\."):
        open_clip(path)


def test_a_decoder_refuses_a_frame_that_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second half is larger than what is allowed: it is left out, not decoded."""
    large = [picture(number, 4 * WIDTH, 4 * HEIGHT) for number in range(FRAMES)]
    joined = b"".join(write_video(tmp_path / "part.ts", part).read_bytes() for part in (PICTURES, large))
    (tmp_path / "joined.ts").write_bytes(joined)
    monkeypatch.setattr(video, "MAX_FRAME_PIXELS", 4 * WIDTH * HEIGHT)
    count = len(list(open_clip(tmp_path / "joined.ts")))
    assert FRAMES - 2 <= count <= FRAMES


def test_a_codec_that_is_not_known_is_named_a_way_out(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", PICTURES)
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzzz"))
    with pytest.raises(InputError, match=r"clip\.mp4: .*[Ee]xport"):
        open_clip(path)


def test_at_most_two_threads_decode(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", PICTURES)
    with libav.opened(path, 1 << 20) as container:
        stream = container.streams.video[0]
        next(libav.decoded(container, stream))
        assert stream.codec_context.thread_count <= 2


def test_av_is_imported_when_a_clip_is_opened() -> None:
    code = "import sys, portrait_addon.command_line, portrait_addon.media.clips; sys.exit('av' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_an_older_av_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", PICTURES)
    monkeypatch.setattr(av, "__version__", "12.3.0")
    with pytest.raises(
        InputError, match=r"is PyAV 12\.3\.0, which another extension brings; 18\.1 or later is needed\."
    ):
        open_clip(path)


def test_a_missing_av_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", PICTURES)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(InputError, match=r"^PyAV cannot be loaded \([^\n]*\)\. Install .*macOS 14\.$"):
        open_clip(path)
