"""Tracking and baking from Blender: what goes into the jobs, which moments, and what becomes of the results.

================  ==============================================================
``work``          tracking and baking an object
``runner``        the job that runs
``loaded``        what was read, analysed and tracked, kept while a file is open
``sampling``      settings at any frame
``timing``        scene frames, files, clip time; what shows when
``staleness``     how many baked frames are out of date, for the panel
``command_line``  the portraits of a file baked without a window
================  ==============================================================
"""
