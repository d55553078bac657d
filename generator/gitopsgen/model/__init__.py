"""The values that flow between the layers: locations, manifests, findings, releases. All frozen."""
