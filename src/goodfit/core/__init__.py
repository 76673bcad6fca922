"""Floor 0: what every room shares."""
