"""Long work: tracking and baking, with progress, cancelling and resuming. Nothing here knows of Blender.

====================  ======================================================
"""
