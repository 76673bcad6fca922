"""Arrays in, numbers about them out."""
