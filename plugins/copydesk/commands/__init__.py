"""The commands of the ``copydesk`` program, a module per group; each registers its own arguments."""
