"""A head in space behind the picture: who it is, what it expresses, where it stands.

Heads have millimetres, x to the sitter's left, y up and z to where the face looks; the origin lies between the
eyeballs. All have the same skull, that of a mean adult, so that a size on the picture is a distance.

=================  ==============================================================
``depth``          how far a fitted head is at each place of its picture
``wire``           a fitted head as lines over its picture
``projecting``     a fitted head as a mesh that shows its portrait
``resting``        how the points of a face would lie at rest
``clip_fitting``   a head fitted to a clip: one person, pose and weights a frame
``fitting``        a head fitted to a picture: robust, bounded Gauss-Newton
``bounded``        least squares within bounds
``camera``         a pinhole camera, and the pose of a head before it
``landmarks``      the tracker's points of any head, and what was learned of them
``model``          the head: identity modes, expression units, parts
``blinking``       lids that meet, made to measure for one person
``brows``          where a person's brows lie
=================  ==============================================================
"""
