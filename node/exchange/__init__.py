"""What is said to the hub and what its answer changes; keys and lineage."""
