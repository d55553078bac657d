"""A real control plane on this machine, without containers: API server, Argo Rollouts and Argo CD."""
