"""The example's chart."""
