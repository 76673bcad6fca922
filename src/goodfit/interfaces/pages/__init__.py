"""Pages: one HTML file each, which opens offline and can be read without script."""
