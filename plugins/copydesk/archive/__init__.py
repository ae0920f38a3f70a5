"""Backfill sources: archives of what publishers served, each read into captures (see capture.py)."""
