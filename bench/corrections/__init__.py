"""How well notices are found and read, on labelled files; baselines beside."""
