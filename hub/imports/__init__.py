"""One file in, dispatched by its kind; the queue of imports."""
