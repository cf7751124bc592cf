"""Pages of practice, mock exam and exam."""
