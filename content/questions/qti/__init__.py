"""Question banks in QTI 1.2 to 3.0, in and out."""
