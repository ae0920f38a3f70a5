"""Every SQL statement of copydesk, a module per family of tables; migrations; the local server."""
