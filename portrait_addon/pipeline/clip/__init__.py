"""Computed once a clip."""
