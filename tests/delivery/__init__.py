"""Deliveries, on real git."""
