"""Who sees what when: from a seed, and the same person never twice in a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from portrait_addon.errors import InputError


def shuffled(persons: Mapping[str, str], generator: np.random.Generator) -> list[str]:
    """Shuffle clips so that none follows another of the same person.

    Parameters
    ----------
    persons : mapping from str to str
        From clip to person.
    generator : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    list of str
        All clips.

    Raises
    ------
    InputError
        If there is no such order: more than half of the clips show one person.
    """
    left = {person: [] for person in sorted(set(persons.values()))}  # type: dict[str, list[str]]
    for clip in generator.permutation(sorted(persons)):
        left[persons[str(clip)]].append(str(clip))
    person, most = Counter(persons.values()).most_common(1)[0]
    if most > (len(persons) + 1) // 2:
        raise InputError(f"{person}: is in {most} of {len(persons)} clips, so some follow each other. Leave some out.")
    order: list[str] = []
    last = ""
    for remaining in range(len(persons), 0, -1):
        # Who has so many clips left that they fill every second place must come now.
        urgent = [name for name, clips in left.items() if len(clips) * 2 > remaining and name != last]
        open_ = urgent or [name for name, clips in left.items() if clips and name != last]
        weights = np.array([len(left[name]) for name in open_], np.float64)
        last = str(generator.choice(open_, p=weights / weights.sum()))
        order.append(left[last].pop())
    return order


def paired(real: Sequence[str], made: Sequence[str], generator: np.random.Generator) -> list[tuple[str, str]]:
    """Pair real clips with made ones, sides and order by chance.

    Parameters
    ----------
    real, made : sequence of str
        Clips. Those that are over stay alone.
    generator : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    list of tuple of str
        Left and right.
    """
    pairs = zip(generator.permutation(sorted(real)), generator.permutation(sorted(made)), strict=False)
    return [(str(a), str(b)) if generator.integers(2) else (str(b), str(a)) for a, b in pairs]
