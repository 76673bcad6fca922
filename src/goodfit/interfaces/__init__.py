"""Floor 4: how people come in: the command line, scikit-learn; each parses and delegates."""
