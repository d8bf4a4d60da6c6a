"""The numbers that an artist sets, for one frame."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Parameter:
    """Description of one setting, for panels, files and checks.

    Attributes
    ----------
    name : str
        Name of the field of `Settings`.
    label : str
        Name in the user interface.
    description : str
        Tooltip.
    default : float
        Initial value.
    minimum : float
        Smallest value allowed.
    soft_maximum : float
        Largest value that a slider reaches; larger ones can be typed.
    maximum : float
        Largest value allowed.
    """

    name: str
    label: str
    description: str
    default: float
    minimum: float
    soft_maximum: float
    maximum: float


def _number(
    default: float,
    label: str,
    description: str,
    maximum: float,
    soft_maximum: float | None = None,
    minimum: float = 0.0,
) -> Any:
    """Dataclass field of a setting with its texts and range."""
    facts = {"label": label, "description": description, "minimum": minimum, "maximum": maximum}
    return field(default=default, metadata=facts | {"soft_maximum": maximum if soft_maximum is None else soft_maximum})


def _part(label: str, part: str, region: str) -> Any:
    """Dataclass field of the strength of a part of the face."""
    return _number(1.0, label, f"Expression of {part}, on top of {region}", 3.0, 1.5)


@dataclass(frozen=True)
class Settings:
    """Settings of one frame.

    The defaults are those of the lecture, except for `absolute`, `depth`, `hold` and `brightening`.

    For every strength 0 is none, and 1 is as much as the driver or the rule gives.

    Attributes
    ----------
    head_motion : float
        Strength of the head's motion, 0..3.
    expression : float
        Strength of the expression, 0..3.
    eyes, brows, mouth : float
        Strength of the expression in each region, 0..3; a factor on `expression`.
    right_brow, left_brow, right_lids, left_lids, gaze, jaw, lips : float
        Strength of the expression of each part, 0..3; a factor on that of its region. Right and left are the sitter's.
    absolute : float
        How far the portrait's own expression gives way, 0..1: at 0 the driver's change is added to it, as in the paper,
        at 1 the portrait comes to rest with the driver.
    mouth_transfer : float
        Opacity of teeth and tongue in an open mouth, 0..1.
    mouth_modelled : float
        Inside of an open mouth: 0 the driver's, 1 one that is modelled, between them a blend. Below 0 the clip decides:
        the driver's where its pixels are sharp and large enough, else the modelled one.
    own_teeth : float
        Opacity of the portrait's own teeth where its picture shows them, 0..1.
    tooth_size, tooth_whiteness : float
        Factors on the size of modelled teeth, 0.5..1.5, and on their whiteness, 0..2.
    tooth_gap, overbite, teeth_out : float
        Gap between them, 0..2, by how much the upper ones cover the lower ones where they meet, -3..8, and by how much
        all stand further out, -8..8; in millimetres.
    tooth_wear : float
        How even their edges are, 0..1.
    tongue_up : float
        How far the tip of the modelled tongue is lifted, 0..1.
    wrinkles : float
        Strength of the ratio images, 0..4.
    crease_bank : float
        Share of creases that are learned from others in those that come with the expression: 0 the driver's alone, 1
        the learned ones. Below 0 the clip decides: the learned ones where numbers drive.
    brightening : float
        Share of a brightening that the ratio images keep, 0..1; 0.01 in the paper.
    smoothing : float
        Smoothing of the warp of hair, shoulders and background with distance from the face, 0..1.
    hold : float
        How far the background stays fixed behind the person, 0..1.
    depth : float
        How far the portrait's own shape turns in depth, 0..1; 0 transfers flat offsets, as in the paper.
    camera_distance : float
        Distance of the camera in metres, 0.2..20, nearer ones being put to 0.2; its lens is chosen so that the face
        keeps its size. 0 leaves the camera where the portrait was taken.
    camera_turn, camera_nod, camera_tilt : float
        Angles by which the camera goes round the head: to the viewer's right, up, and about its own axis with the top
        to the viewer's right, in degrees, -15..15.
    stereo_eye : float
        Which eye of a viewer looks, -1 the left one and 1 the right one; 0 is the middle. The head keeps its place.
    background_distance : float
        Metres from the head to a plane behind it on which a held background lies, so that it has parallax where the
        camera moves; 0 holds it still.

    Examples
    --------
    >>> Settings(expression=0.8).wrinkles
    1.0
    """

    head_motion: float = _number(1.0, "Head Motion", "How much the portrait takes over of the head's motion", 3.0, 1.5)
    expression: float = _number(
        1.0, "Expression", "How much the portrait takes over of the face's expression", 3.0, 1.5
    )
    eyes: float = _number(1.0, "Eyes", "Expression of lids and gaze, on top of the whole expression", 3.0, 1.5)
    brows: float = _number(1.0, "Brows", "Expression of the brows, on top of the whole expression", 3.0, 1.5)
    mouth: float = _number(1.0, "Mouth", "Expression of mouth and jaw, on top of the whole expression", 3.0, 1.5)
    right_brow: float = _part("Right Brow", "the sitter's right brow, on your left", "Brows")
    left_brow: float = _part("Left Brow", "the sitter's left brow, on your right", "Brows")
    right_lids: float = _part("Right Lids", "the lids of the sitter's right eye, on your left", "Eyes")
    left_lids: float = _part("Left Lids", "the lids of the sitter's left eye, on your right", "Eyes")
    gaze: float = _part("Gaze", "where the eyes look", "Eyes")
    jaw: float = _part("Jaw", "the jaw", "Mouth")
    lips: float = _part("Lips", "the lips, whatever the jaw does", "Mouth")
    absolute: float = _number(
        1.0,
        "Absolute Expression",
        "How far a smile or an open mouth of the portrait gives way, so that it comes to rest with its driver",
        1.0,
    )
    mouth_transfer: float = _number(
        1.0, "Inside of Mouth", "How much of teeth and tongue is seen where the mouth opens", 1.0
    )
    mouth_modelled: float = _number(
        -1.0,
        "Modelled Mouth",
        "Inside of the mouth: 0 the driver's, 1 modelled teeth and tongue; below 0 the driver's while it is sharp",
        1.0,
        minimum=-1.0,
    )
    own_teeth: float = _number(
        1.0, "Own Teeth", "How much the portrait's own teeth are seen, where its picture shows them", 1.0
    )
    tooth_size: float = _number(1.0, "Tooth Size", "Size of the modelled teeth", 1.5, minimum=0.5)
    tooth_whiteness: float = _number(1.0, "Whiteness", "How white the modelled teeth are", 2.0)
    tooth_gap: float = _number(0.0, "Tooth Gap", "Millimetres between the modelled teeth", 2.0)
    tooth_wear: float = _number(0.2, "Tooth Wear", "How worn the edges of the modelled teeth are: 1 is even", 1.0)
    overbite: float = _number(
        2.5, "Overbite", "Millimetres by which the upper teeth cover the lower ones where they meet", 8.0, minimum=-3.0
    )
    teeth_out: float = _number(
        0.0, "Teeth Out", "Millimetres by which the modelled teeth stand further out", 8.0, minimum=-8.0
    )
    tongue_up: float = _number(0.0, "Tongue Up", "How far the tip of the modelled tongue is lifted", 1.0)
    wrinkles: float = _number(
        1.0, "Wrinkles", "Strength of the wrinkles and creases that come with the expression", 4.0, 2.0
    )
    crease_bank: float = _number(
        -1.0,
        "Learned Creases",
        "Wrinkles: 0 the driver's, 1 those learned from other faces; below 0 the driver's if there is one",
        1.0,
        minimum=-1.0,
    )
    brightening: float = _number(
        0.7, "Lit Creases", "How much of the light on the sides of creases is kept; the paper keeps 0.01", 1.0
    )
    smoothing: float = _number(
        1.0, "Calm Surroundings", "How far hair, shoulders and background are smoothed with distance from the face", 1.0
    )
    hold: float = _number(
        1.0, "Hold Background", "Keep the background still behind the person; 0 lets it move with the head", 1.0
    )
    depth: float = _number(
        1.0, "Turn in Depth", "Turn the portrait's own shape in depth; 0 carries flat offsets, as in the paper", 1.0
    )
    camera_distance: float = _number(
        0.0,
        "Camera Distance",
        "Metres from the camera to the head; the face keeps its size. 0 is as it was taken",
        20.0,
    )
    camera_turn: float = _number(
        0.0, "Camera Turn", "Degrees by which the camera goes round the head to the right", 15.0, minimum=-15.0
    )
    camera_nod: float = _number(
        0.0, "Camera Nod", "Degrees by which the camera goes round the head upwards", 15.0, minimum=-15.0
    )
    camera_tilt: float = _number(
        0.0, "Camera Tilt", "Degrees by which the camera tilts to the right", 15.0, minimum=-15.0
    )
    stereo_eye: float = _number(
        0.0, "Stereo Eye", "Which eye looks: -1 the left one, 1 the right one, 0 the middle of both", 1.0, minimum=-1.0
    )
    background_distance: float = _number(
        0.0,
        "Background Distance",
        "Metres from the head to the background, which moves as a plane where the camera moves; 0 holds it still",
        100.0,
        10.0,
    )

    @property
    def giving_way(self) -> float:
        """How far the portrait's own expression gives way, 0..1: a portrait that takes over none keeps its own."""
        return self.absolute * min(self.expression * self.mouth, 1.0)


PARTS = ("right_brow", "left_brow", "right_lids", "left_lids", "gaze", "jaw", "lips")
"""Names of the strengths of parts of the face."""


@dataclass(frozen=True)
class TargetSettings(Settings):
    """Settings of one frame of a target that moves, see `TargetCompositor`.

    Its head, eyes and background are its own: `eyes` is 0 unless it is chosen, and `OF_PICTURES` do not count.

    Attributes
    ----------
    replaced : float
        How far the target's own expression gives way, 0..1: at 1 the driver's stands in its place, at 0 the driver's is
        added to it.
    found_mouth : float
        Inside of a mouth that opens further than in the target's frame: 1 the target's own of other frames, 0 the
        driver's or a modelled one, between them a blend. Below 0 the target's own as far as one fits.
    """

    eyes: float = _number(0.0, "Eyes", "How much of the driver's lids and gaze is taken over", 3.0, 1.5)
    replaced: float = _number(
        1.0, "Replace", "1 puts the driver's expression in the place of the target's, 0 adds it to that", 1.0
    )
    found_mouth: float = _number(
        -1.0,
        "Own Mouth",
        "Inside of an opened mouth: 1 the target's own of other frames, 0 the driver's; below 0 its own where it fits",
        1.0,
        minimum=-1.0,
    )


OF_PICTURES = (
    "head_motion", "own_teeth", "smoothing", "hold", "depth", "camera_distance", "camera_turn", "camera_nod",
    "camera_tilt", "stereo_eye", "background_distance",
)  # fmt: skip
"""Names of the settings that do not count for a target that moves."""


def parameters(of: type[Settings] = Settings) -> tuple[Parameter, ...]:
    """List all settings.

    Parameters
    ----------
    of : type of Settings, optional
        Settings of pictures, or of targets that move.

    Returns
    -------
    tuple of Parameter
        In the order of the user interface.

    Examples
    --------
    >>> parameters()[0].name, parameters()[0].default
    ('head_motion', 1.0)
    >>> [parameter.default for parameter in parameters(TargetSettings) if parameter.name == "eyes"]
    [0.0]
    """
    left_out = OF_PICTURES if issubclass(of, TargetSettings) else ()
    return tuple(
        Parameter(name=item.name, default=getattr(of, item.name), **item.metadata)
        for item in fields(of)
        if item.name not in left_out
    )
