"""Data classes without computation.

===============  =================================================
``performance``  everything measured in a driving clip
``portrait``     everything measured in a portrait
``face``         the tracker's result for one face
``mouth_patch``  the driver's mouth in one frame
``found_mouth``  other frames of a film that show the mouth in one of its frames
``moment``       times of one clip or several, blended to a frame
``expression``   what a face expresses at one moment, as numbers
``settings``     the numbers that an artist sets
``passes``       names of the passes that a frame can have
``masks``        names of the masks that an artist paints
``progress``     progress of a long computation
===============  =================================================
"""
