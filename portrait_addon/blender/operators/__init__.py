"""The buttons. Thin: what they do is done elsewhere."""

from . import add, clip, jobs, neutral, performance_file, points, render, view

MODULES = (add, clip, jobs, neutral, performance_file, points, render, view)
