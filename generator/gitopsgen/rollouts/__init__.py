"""What a Rollout will do: its steps, weights, pods and analyses, read off the manifest."""
