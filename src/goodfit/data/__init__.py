"""Floor 1: from a source to a table whose columns are understood; splits and fingerprints."""
