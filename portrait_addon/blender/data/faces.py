"""Several faces of one picture: portraits that another portrait shows, its host.

Each face is a portrait of its own, with its clip, settings, keys, reactions and corrections, so all panels know it. One
that has a host shows nothing itself: the host's plane shows all its faces, and the host's bake makes them.
"""

from __future__ import annotations

from typing import Any

import bpy

from .properties import has_driver, is_host, is_portrait


def host_of(ob: Any) -> Any:
    """Find the portrait whose plane shows a face.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait.

    Returns
    -------
    bpy.types.Object
        The portrait itself, unless another one with the same picture shows it.
    """
    host = ob.portrait.host
    return host if is_host(host, ob) else ob


def faces_of(ob: Any) -> list[Any]:
    """List the portraits that share a plane.

    Parameters
    ----------
    ob : bpy.types.Object
        A portrait, a host or not.

    Returns
    -------
    list of bpy.types.Object
        The host, then the others by their names.
    """
    host = host_of(ob)
    guests = [other for other in bpy.data.objects if is_portrait(other) and other != host and host_of(other) == host]
    return [host, *sorted(guests, key=lambda guest: guest.name)]


def animated_guests(host: Any) -> list[Any]:
    """List the other faces of a host that are switched on and follow something."""
    return [guest for guest in faces_of(host)[1:] if guest.portrait.animate_face and has_driver(guest)]


def face_numbers(host: Any) -> tuple[int, ...]:
    """List the numbers of the animated faces of a host, its own first; mattes by face are named by them.

    Parameters
    ----------
    host : bpy.types.Object
        A portrait.

    Returns
    -------
    tuple of int
        Those in the picture, 1 being the largest face; a face that was placed by hand gets a number that is free.
    """
    from ...jobs.requests import distinct  # with all that computes: not before it is needed

    return distinct(ob.portrait.face for ob in (host, *animated_guests(host)))


def shows_several(host: Any) -> bool:
    """Whether each face of a portrait's picture moves for itself."""
    return len(faces_of(host)) > 1


def is_used(ob: Any, face: int) -> bool:
    """Whether one of the portraits that share a plane with an object animates a face of the picture."""
    others = (other.portrait for other in faces_of(ob))
    return any(other.face == face and not other.place_by_hand for other in others)
