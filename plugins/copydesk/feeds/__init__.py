"""Fetch and read feeds: formats, identity of entries, when to poll next, push, feed lists."""
