"""Where rendered values come from, held against what happens when a descriptor changes."""
