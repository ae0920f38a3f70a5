"""What a poll costs beside the bare request: see ``python -m bench.feeds --help``."""
