"""What leaves the archive: records as NDJSON, Parquet rows, JSON Feed, ninjs and WARC, and signed webhooks.

No database and no network: values in, bytes out (WARC and Parquet into the file or folder given).
What may leave, and to whom, is decided in :mod:`copydesk.outlets.profiles`.
"""
