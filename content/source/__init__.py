"""Authors' folders, files and materials, made into courses. Hub only."""
