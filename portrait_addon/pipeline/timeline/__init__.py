"""What shows when, and what a clip says as numbers.

================  ================================================
``playback``      a clip once, round and round, to and fro
``loops``         a loop in any clip
``reactions``     which clips play when, blended
``rig_channels``  what a performance says, for rigs, with few keys
================  ================================================
"""
