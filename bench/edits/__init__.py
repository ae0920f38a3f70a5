"""Automatic edits, measured: errors planted into real texts, with everything that could lead a correction astray."""
