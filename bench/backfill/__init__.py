"""What a page of an archive costs on its way into the database: see ``python -m bench.backfill --help``."""
