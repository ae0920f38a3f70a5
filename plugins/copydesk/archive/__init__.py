"""Sources of history: WARC files, Memento archives, feed archives, sitemaps, folders."""
