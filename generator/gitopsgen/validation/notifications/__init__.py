"""Notifications of Argo CD and Argo Rollouts: both embed one engine, which reads annotations and a ConfigMap."""
