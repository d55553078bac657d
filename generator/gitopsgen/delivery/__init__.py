"""Changes to what is deployed, from the edit of a descriptor to the commit that is pushed."""
