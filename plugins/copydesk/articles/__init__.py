"""From a page's bytes to a clean article, its identity, its versions and its next visit."""
