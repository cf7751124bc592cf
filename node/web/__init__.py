"""The pages of the node."""
