"""What an edit reaches: the releases and rendered files that are read from a file, or from a line of it."""
