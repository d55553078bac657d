"""The hooks under the real pre-commit."""
