"""One experiment each, that a section of the lesson runs."""
