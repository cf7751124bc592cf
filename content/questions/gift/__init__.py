"""Question banks in GIFT and Aiken, in and out."""
