"""Floor 3: the whole, from a table to a model that is judged and kept."""
