"""Locations, under the name that they had; see :mod:`gitopsgen.source.location`."""

from gitopsgen.source.location import Location, Path, format_path, parse_path

__all__ = ["Location", "Path", "format_path", "parse_path"]
