"""Everything computed once for a portrait and a clip."""

from __future__ import annotations

from dataclasses import dataclass

from ..records.performance import Performance
from ..records.portrait import Portrait
from .correspondence import Correspondence, correspond
from .shut_eyes import shut_eyes
from .surround_mesh import SurroundMesh, surround_mesh


@dataclass(frozen=True, eq=False)
class Pair:
    """Everything computed once for a portrait and a clip.

    A pair refers to neither of the two, so that it does not keep a long clip in memory.

    Parameters
    ----------
    correspondence : Correspondence
        Similarity, mapped points and triangles.
    mesh : SurroundMesh
        Mesh around the face at rest.
    shut_eyes : tuple of two float
        Openness of the driver's shut eyes, see `shut_eyes`.
    """

    correspondence: Correspondence
    mesh: SurroundMesh
    shut_eyes: tuple[float, float]

    @classmethod
    def of(cls, portrait: Portrait, performance: Performance) -> Pair:
        """Compute the pair of a portrait and a clip.

        Parameters
        ----------
        portrait : Portrait
            The picture to animate.
        performance : Performance
            The driving clip.

        Returns
        -------
        Pair
            Correspondence and mesh.
        """
        correspondence = correspond(portrait, performance)
        return cls(correspondence, surround_mesh(portrait, correspondence), shut_eyes(performance))
