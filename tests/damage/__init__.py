"""A repository of somebody else, and the ways to damage it."""
