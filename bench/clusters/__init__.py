"""Same-story grouping: labelled sets built from real pages, our grouping beside its peers, and its cost at size."""
