"""Real programs, where users would use them."""
