"""False versions and missed edits, measured: the same page again with all that changes between two looks."""
