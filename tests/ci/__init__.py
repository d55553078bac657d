"""The checks that CI services run, by their very commands."""
