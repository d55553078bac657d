"""The repository's history, by the git command: nothing is checked out, and nothing is changed."""
