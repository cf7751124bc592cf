"""Pages of those who write courses, libraries and banks."""
