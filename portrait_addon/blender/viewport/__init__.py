"""What is seen of a portrait: its plane, the live preview, the points that are dragged, the timeline.

=================  ======================================================
``plane``          the plane that shows it
``projections``    places in a picture and on the screen
``provisional``    frames as they are tracked
``pixels``         pictures into Blender's images
``preview``        the composed frame on the plane, live
``face_views``     a face as an editor shows it, and what the mouse is on
``gizmo_handles``  what moves a face as a whole that is placed by hand
``overlay``        points drawn over portrait and clip
``gizmos``         points under the mouse
``areas``          the editors that are open
``anchors``        empties that follow the preview
``cut_out``        the person with alpha, and the background on a plane behind
``timeline``       the neutral frame, drawn on the timeline
=================  ======================================================
"""
