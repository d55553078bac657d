"""What a Helm chart draws from the values that are generated for it: objects that are checked, and not written."""
