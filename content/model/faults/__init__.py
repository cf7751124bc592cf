"""What can be wrong with content, said so that its author can mend it."""
