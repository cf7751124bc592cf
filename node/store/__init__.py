"""All SQL of the node."""
