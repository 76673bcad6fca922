"""Floor 2: from encoded rows to outputs."""
