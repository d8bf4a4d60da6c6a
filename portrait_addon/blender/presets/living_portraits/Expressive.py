"""More than the driver does: for comedy, and for drivers who hold back."""

import bpy

properties = bpy.context.object.portrait

properties.head_motion = 1.2
properties.expression = 1.3
properties.eyes = 1.0
properties.brows = 1.2
properties.mouth = 1.0
properties.right_brow = 1.0
properties.left_brow = 1.0
properties.right_lids = 1.0
properties.left_lids = 1.0
properties.gaze = 1.0
properties.jaw = 1.0
properties.lips = 1.0
properties.absolute = 1.0
properties.mouth_transfer = 1.0
properties.mouth_modelled = -1.0
properties.own_teeth = 1.0
properties.tooth_size = 1.0
properties.tooth_whiteness = 1.0
properties.tooth_gap = 0.0
properties.tooth_wear = 0.2
properties.overbite = 2.5
properties.teeth_out = 0.0
properties.tongue_up = 0.0
properties.wrinkles = 1.5
properties.crease_bank = -1.0
properties.brightening = 0.8
properties.smoothing = 1.0
properties.hold = 1.0
properties.depth = 1.0
properties.camera_distance = 0.0
properties.camera_turn = 0.0
properties.camera_nod = 0.0
properties.camera_tilt = 0.0
properties.stereo_eye = 0.0
properties.background_distance = 0.0
