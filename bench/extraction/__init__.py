"""Extraction side by side: copydesk, trafilatura and whatever other engine is installed."""
