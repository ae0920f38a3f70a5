"""The same story at several publishers: fingerprints and their comparison."""
