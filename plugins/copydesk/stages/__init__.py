"""The stages of the pipeline: each finds its work by state in PostgreSQL, does a batch, and says what it did."""
