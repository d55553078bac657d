"""Kinds that Kubernetes does not bring: their schemas, read from CustomResourceDefinitions or pulled and locked."""
