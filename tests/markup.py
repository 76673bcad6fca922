"""HTML as a browser reads it, for tests of pages."""

from __future__ import annotations

from html.parser import HTMLParser


class Parsed(HTMLParser):
    """What a browser would make of markup: its elements and its text."""

    def __init__(self, markup):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)
