"""Tests of the example chart."""
