# SPDX-License-Identifier: GPL-3.0-or-later
"""The models that come with the extension; origins and licences are in ``NOTICE.md``."""

import hashlib
from pathlib import Path

from ..errors import InputError

_FOLDER = Path(__file__).parent

# A model that was cut short or replaced would give wrong points, or bring the whole process down, without a word.
_SHA256 = {
    "creases.npz": "39f925dd478cfd378f96e90da399bf7dc0d554bc5e44b9330a0a3c51190219d2",
    "face_landmarker.task": "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
    "face_mesh.json": "ff04f2331136b43552b898eede6fa2c4676f212088c79f7a6c01c48aa51408d7",
    "head.npz": "bf78a9d99404b09158851232a84dfc3d3ba82abc942f7000d11bfef327d7d448",
    "head_learned.npz": "9c869fa78baafcb5a6a1e5b7ec4c5d3335408acd5c2acc37a19d3567bb2fbe6b",
    "head_points.npz": "3512dff1597005debf90e99792bbac2dceb7890d2c736375791186294d9c22b1",
    "selfie_segmentation.tflite": "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
}


def load_model(name: str) -> bytes:
    """Read a bundled model and verify that it is whole.

    Parameters
    ----------
    name : str
        File name in this folder, a key of the table above.

    Returns
    -------
    bytes
        The file's content.

    Raises
    ------
    InputError
        If the file is missing, unreadable or not the one that this version was made with.
    """
    path = _FOLDER / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}). Install Living Portraits again.") from error
    if hashlib.sha256(content).hexdigest() != _SHA256[name]:
        raise InputError(f"{path}: damaged or replaced. Install Living Portraits again.")
    return content
