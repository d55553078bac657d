"""YAML in and out: Kubernetes' scalar rules, a place for every value, canonical text."""
