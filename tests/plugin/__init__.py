"""Argo CD's config management plugin."""
