"""Question banks out of Word documents and plain text, as offices write them."""
