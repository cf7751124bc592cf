"""Question banks in workbooks and csv, in and out."""
