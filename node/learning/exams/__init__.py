"""Questions that a learner answers: practice, mock exam, exam."""
