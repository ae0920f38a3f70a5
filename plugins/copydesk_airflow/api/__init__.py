"""The same record as JSON, under /copydesk/api/v1."""
