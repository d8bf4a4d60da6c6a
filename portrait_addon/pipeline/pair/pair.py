"""What a portrait and a clip share, computed once for the two."""

from __future__ import annotations

from dataclasses import dataclass

from ..records.performance import Performance
from ..records.portrait import Portrait
from .correspondence import Correspondence, correspond
from .surround_mesh import SurroundMesh, surround_mesh


@dataclass(frozen=True, eq=False)
class Pair:
    """What a portrait and a clip share.

    It holds neither of the two, so that it never keeps a long clip in memory.

    Attributes
    ----------
    correspondence : Correspondence
        Similarity, carried points, triangles.
    mesh : SurroundMesh
        The triangles round the face at rest.
    """

    correspondence: Correspondence
    mesh: SurroundMesh

    @classmethod
    def of(cls, portrait: Portrait, performance: Performance) -> Pair:
        """Match a portrait with a clip.

        Parameters
        ----------
        portrait : Portrait
        performance : Performance

        Returns
        -------
        Pair
        """
        correspondence = correspond(portrait, performance)
        return cls(correspondence, surround_mesh(portrait, correspondence))
