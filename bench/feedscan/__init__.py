"""Every document of a public fixture set through our feed parser, beside feedparser itself."""
