"""All SQL of the hub."""
