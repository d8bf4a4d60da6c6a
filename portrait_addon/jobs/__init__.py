"""Long work: tracking and baking, with progress, cancelling and resuming. Nothing here knows of Blender.

====================  =============================================================
``job``               what all long work has in common
``settings_file``     settings from JSON
``corrections_file``  points that were moved by hand, from and to JSON
``performance_file``  a performance in one file
``cache``             performances kept for next time
``tracking``          a clip becomes a performance
``folder_lock``       one bake at a time in a folder
``manifest``          which frames a folder holds, and of what they were made
``outputs``           which files a frame is
``shots``             a frame to bake, and how it becomes files
``processes``         the same work in several processes, each of which runs ``process_main``
``baking``            frames into a folder; only what is missing or stale
``requests``          what a job is asked to do
``animate``           all of it in one job
====================  =============================================================
"""
