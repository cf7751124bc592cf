"""What a learner does: study, courseware, the library, and what follows from it."""
