"""Templates: the sandbox and its bounds, the filters, the strategy, patches."""
