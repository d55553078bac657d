"""Argo CD's config management plugin: which objects an Application wants, their stream, and the announcement.

Source of the contract: Argo CD v3.2.6, cmpserver/plugin/plugin.go, reposerver/repository/repository.go (getPluginEnvs)
and pkg/apis/application/v1alpha1/types.go (ApplicationSourcePluginParameters).
"""
