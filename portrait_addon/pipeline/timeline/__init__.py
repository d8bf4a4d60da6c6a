"""Which moments of which clips show in a frame, and a performance as numbers for rigs.

================  ============================================================
``playback``      play a clip once, in a loop, or to and fro
``loops``         find a loop in a clip
``reactions``     which clips play when, and how they are blended
``resting``       a face whose clip has ended comes to rest
``strips``        strips of a non-linear animation
``head_motion``   how the head of a portrait moves in space
``rig_channels``  a performance as numbers for rigs, and as few keys as needed
================  ============================================================
"""
