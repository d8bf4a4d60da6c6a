"""Computed once a portrait."""
