"""Computed once a pair of portrait and clip."""
