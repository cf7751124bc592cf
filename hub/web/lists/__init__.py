"""Lists as tables, and the choice of a unit: parts that many pages use."""
