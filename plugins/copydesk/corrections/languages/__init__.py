"""Phrase tables, one file per language. Data, not code: docs/languages.md says how to add a row."""
