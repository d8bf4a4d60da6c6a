"""Where a performance goes from here: compositor, sequencer, sound, other rigs.

======================  ==============================================================
``compositor``          the frames over the render
``rebuild``             the animation rebuilt in the compositor, from portrait and passes
``sequencer``           the frames as a strip
``sound``               the clip's sound in the sequencer
``rig``                 the performance as empties with an Action
``anchors``             empties that follow the composed face, and its channels
``fitted_head``         the head behind the portrait as a mesh, and the camera that sees it
``displacement``        the person, raised from the portrait's plane
``head_file``           the same in a file of its own
``pose_actions``        poses of the sliders as Actions
``performance_strips``  performances as Actions, and what strips of them show
``surface``             what the picture lies on, flat or bent
``keying``              keys of curves, put in place all at once
``synthetic_label``     renders say that they are synthetic
======================  ==============================================================
"""

OWNER = "living_portraits"
"""Custom property of a strip or a camera: the portrait that is seen, or whose clip is heard."""
