# SPDX-License-Identifier: GPL-3.0-or-later
"""The models that come with the extension; origins and licences are in ``NOTICE.md``."""

import hashlib
from pathlib import Path

from ..errors import InputError

_FOLDER = Path(__file__).parent

# A model that was cut short or replaced would give wrong points, or bring the whole process down, without a word.
_SHA256 = {
    "face_landmarker.task": "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
    "face_mesh.json": "ff04f2331136b43552b898eede6fa2c4676f212088c79f7a6c01c48aa51408d7",
    "head.npz": "9282074cfb9529fe82c6bda80b47cec104bbed92c1b78100160f81e5258f1eaa",
    "head_learned.npz": "582732d293d15303d221c6e7ab0eacbfeeb74db5cb74bab71771766836bd96a5",
    "head_points.npz": "8f18361125c0810cfd798b94ce17005bb557828e0ad5a750c4d3a1fdebc4098e",
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
