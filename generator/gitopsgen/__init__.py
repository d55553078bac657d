"""Expand environment descriptors into what Argo CD watches, and check it before it is written."""

__version__ = "0.1.0"
