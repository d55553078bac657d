"""From files under ``environments/`` to Releases: load, validate, merge, and tell where each value came from."""
