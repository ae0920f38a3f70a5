"""Publishers' correction notices: find them, read them, match them, apply them."""
