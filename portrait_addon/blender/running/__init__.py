"""Tracking and baking from Blender: what goes into the jobs, which moments, and what becomes of the results.

=================  ==============================================================
``job_builders``   the jobs that track and bake an object
``anchoring``      the job that keys anchors
``cutting_out``    the job that cuts the person out
``profiling``      the job that makes a portrait for web pages
``driving``        what a bake makes, frame by frame
``heads``          the head that fits a portrait, and its motion
``farming``        what a render farm is asked to do
``runner``         the job that runs
``object_cache``   what was read, analysed and tracked, kept while a file is open
``sampling``       settings at any frame
``timing``         scene frames, files, clip time; what shows when
``expressions``    sliders in the place of a clip, and curves as their keys
``several_faces``  what each face shows, where one plane shows several
``pose_pictures``  small pictures of a portrait in some poses
``unfinished``     which baked frames are missing or out of date
``staleness``      how many these are, for the panel
``leftovers``      frames of files that had no name
``main_thread``    calls from the thread of a render, made on the main thread
=================  ==============================================================
"""
