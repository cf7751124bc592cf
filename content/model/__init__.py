"""What is taught, as values: courses, questions, limits, faults. Imports nothing above it."""
