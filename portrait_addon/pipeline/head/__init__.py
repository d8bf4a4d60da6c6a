"""A head in space behind the picture: who it is, what it expresses, where it stands.

Heads have millimetres, x to the sitter's left, y up and z to where the face looks; the origin lies between the
eyeballs. All have the same skull, that of a mean adult, so that a size on the picture is a distance.

=============  =======================================================
``model``      the head: identity modes, expression units, parts
=============  =======================================================
"""
