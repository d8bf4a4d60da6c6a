"""The buttons. Thin: what they do is done elsewhere."""

from . import add, clip, jobs, neutral, points, render

MODULES = (add, clip, jobs, neutral, points, render)
