"""Data that the method computes with; no work is done here."""
