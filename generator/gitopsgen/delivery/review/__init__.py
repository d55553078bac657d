"""A review of a change: what it does to the rendered objects, release by release, the riskiest first."""
