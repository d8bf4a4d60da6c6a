"""Long work: tracking and baking, with progress, cancelling and resuming. Nothing here knows Blender.

====================  =============================================================
``job``               base class of all long work
``settings_file``     settings from JSON
``corrections_file``  points that were moved by hand, from and to JSON
``performance_file``  a performance in one file
``curves_file``       expressions as columns of numbers
``cues_file``         mouth shapes of programs for lip synchronisation
``driving_file``      which of these, or a clip, a driving file is
``cache``             performances kept for next time
``tracking``          a clip becomes a performance
``folder_lock``       who writes into a folder: one bake, or several of parts
``manifest``          the list of a folder's frames, and what each was made of
``outputs``           the files of a frame
``frame_specs``       a frame to bake, and how it becomes files
``processes``         the same work in several processes; each runs ``process_main``
``requests``          what a job is asked to do
``results``           what frames show, as numbers
``baking``            frames into a folder; only what is missing or stale
``target_baking``     the same for frames of a film, whose face changes
``filming``           baked frames and sound become a film
``hearing``           what is heard in it
``cutting_out``       the person and the background in two pictures
``living_profile``    a portrait for web pages, which waits and reacts; its page lies in ``profile/``
``animate``           all of it in one job
``animate_target``    the same for a film
``bundle``            what a render farm needs to share a bake; ``openjd/`` and ``flamenco/`` have what it reads
====================  =============================================================
"""
