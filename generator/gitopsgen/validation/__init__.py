"""Manifests to faults: embedded schemas, Kubernetes' names, Argo's own rules, references between objects."""
