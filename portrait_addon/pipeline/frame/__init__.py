"""Computed for each frame."""
