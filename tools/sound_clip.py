"""Make ``tests/assets/demo_talk_sound_ccby.mp4``: the clip of a sentence, with a made voice that opens with the mouth.

Needs PyAV, which nothing else here does: ``pip install --target FOLDER --no-deps av``, then
``PYTHONPATH=FOLDER $(make -s python) tools/sound_clip.py``.

The sound is synthesised here from nothing: no recording of anybody's voice. It is there to try sound with, and to see
whether sound and picture are together: the voice is loud where the mouth is open, and its vowel follows the mouth.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "tests" / "assets"
SOURCE, TARGET = ASSETS / "demo_talk_ccby.mp4", ASSETS / "demo_talk_sound_ccby.mp4"
RATE = 24_000
PITCH = 118.0
"""Of the voice, in Hz; it falls by a fifth towards the end."""
CLOSED_VOWEL, OPEN_VOWEL = (300.0, 870.0, 2240.0), (730.0, 1090.0, 2440.0)
"""Formants of "oo" and "ah" in Hz: G. E. Peterson, H. L. Barney, JASA 24, 1952."""
BANDWIDTH = 90.0
QUALITY = "20"
"""Constant rate factor of the video."""

sys.path.insert(0, str(ROOT))


def main() -> None:
    """Write the clip."""
    from portrait_addon.jobs.job import run
    from portrait_addon.jobs.tracking import TrackJob
    from portrait_addon.pipeline.face.openings import mouth_gap

    performance = run(TrackJob(SOURCE))
    gaps = np.array([mouth_gap(points) for points in performance.points])
    opened = np.clip((gaps - gaps.min()) / (np.percentile(gaps, 98) - gaps.min()), 0, 1)
    seconds = performance.frame_count * performance.mean_frame_seconds
    write(voice(opened, seconds), performance.frame_count)


def voice(opened: NDArray[np.float64], seconds: float) -> NDArray[np.float32]:
    """A voice for a mouth.

    Parameters
    ----------
    opened : (n,) float64 array
        How far the mouth is open in each frame, 0..1.
    seconds : float
        Of all frames.

    Returns
    -------
    (m,) float32 array
        Samples, -1..1.
    """
    times = np.arange(round(seconds * RATE)) / RATE
    share = np.interp(times / seconds * len(opened) - 0.5, np.arange(len(opened)), opened)
    share = np.convolve(share, np.hanning(RATE // 20) / np.hanning(RATE // 20).sum(), "same")
    pitch = PITCH * (1 - 0.2 * times / seconds) * (1 + 0.02 * np.sin(2 * np.pi * 5 * times))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    sound = np.zeros(len(times))
    for harmonic in range(1, int(RATE / 2.5 / PITCH)):
        frequency = harmonic * pitch
        strength = sum(
            (BANDWIDTH / np.hypot(BANDWIDTH, frequency - (low + share * (high - low)))) / (1 + formant)
            for formant, (low, high) in enumerate(zip(CLOSED_VOWEL, OPEN_VOWEL, strict=True))
        )
        sound += strength * np.sin(harmonic * phase) / harmonic**0.5
    sound *= np.clip(share * 1.5 - 0.15, 0, 1)
    return np.asarray(0.7 * sound / np.abs(sound).max(), np.float32)


def write(sound: NDArray[np.float32], frames: int) -> None:
    """Put the pictures of the source and a sound into one file."""
    import av

    with av.open(str(SOURCE)) as source, av.open(str(TARGET), "w") as target:
        target.metadata["comment"] = "GRID corpus, CC BY 4.0, cut and re-encoded; the sound is synthesised"
        filmed = source.streams.video[0]
        video: Any = target.add_stream("libx264", rate=filmed.average_rate, options={"crf": QUALITY, "preset": "slow"})
        video.width, video.height, video.pix_fmt = filmed.width, filmed.height, "yuv420p"
        audio: Any = target.add_stream("aac", rate=RATE, layout="mono")
        audio.bit_rate = 48_000
        for picture in source.decode(filmed):
            target.mux(video.encode(picture.reformat(format="yuv420p")))
        target.mux(video.encode())
        heard = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
        heard.sample_rate = RATE
        target.mux(audio.encode(heard))
        target.mux(audio.encode())
    print(f"{TARGET.relative_to(ROOT)}: {frames} frames, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
