"""Releases and templates to Manifests: the Jinja2 environment, the context, the strategy, the trace."""
