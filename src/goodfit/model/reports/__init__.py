"""Reports: numbers about a fitted model and rows, for those who draw them or put them in words.

None of them chooses anything: they look at test rows after every choice was made.
"""
