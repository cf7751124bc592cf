"""Pages with figures: overview, courses, results."""
