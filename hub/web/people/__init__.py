"""Pages about accounts, units, learners and lecturers."""
