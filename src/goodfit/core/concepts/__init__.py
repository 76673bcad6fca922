"""The concepts: every idea of a training on a short page, in each language.

A page is a Markdown file (``en/gradient.md``) in the small format that ``page.py`` reads;
``catalog.py`` holds what all languages share; ``facts.json`` the numbers that pages name, which
``docs/concept_facts.py`` computes with Goodfit. A language is a folder, begun with any page and
finished with ``map.md``: from then on a test asks for every page.
"""

from goodfit.core.concepts.catalog import CATALOG, THEMES, Entry
from goodfit.core.concepts.explained import EXPLAINED, explaining
from goodfit.core.concepts.lookup import concept, concepts, facts, find, languages
from goodfit.core.concepts.page import SECTIONS, Concept, Kind
from goodfit.core.concepts.prose import Block, Prose, Span

__all__ = [
    "CATALOG",
    "EXPLAINED",
    "SECTIONS",
    "THEMES",
    "Block",
    "Concept",
    "Entry",
    "Kind",
    "Prose",
    "Span",
    "concept",
    "concepts",
    "explaining",
    "facts",
    "find",
    "languages",
]
