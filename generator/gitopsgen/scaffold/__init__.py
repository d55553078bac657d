"""The files that ``gitopsgen init`` writes, as they are written."""
