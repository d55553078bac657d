"""Tests of the built-in templates."""
