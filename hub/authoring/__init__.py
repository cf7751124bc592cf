"""Courses, libraries, banks and questions while they are written and reviewed."""
