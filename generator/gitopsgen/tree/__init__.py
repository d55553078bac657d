"""``rendered/`` on disk: what is there, what should be, and the one safe way from the first to the second."""
