"""Question banks in Moodle XML, in and out."""
