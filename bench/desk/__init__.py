"""The desk at a million articles: what each page and call costs, and how that grows."""
