"""The one error that Goodfit raises for what its user can mend."""

from __future__ import annotations

from typing import Any

from goodfit.core.words import say


class GoodfitError(ValueError):
    """Input or a choice that cannot be used: where, what and what to do.

    An error is a code with parameters; its words are made when it is shown, so
    that every door (shell: exit 2, HTTP: 400, Python: ``ValueError``) can say
    it in its own language.

    Args:
        code: entry of the word catalog, ``room.name`` (see ``core/words``).
        **params: what the entry's placeholders are filled with.

    >>> from goodfit.core.errors import GoodfitError
    >>> print(GoodfitError("settings.unknown", name="epoch", meant="epochs"))
    There is no setting 'epoch'. Did you mean 'epochs'?
    """

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        return say(self.code, self.params)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.code, self.params)


def _rebuild(code: str, params: dict[str, Any]) -> GoodfitError:
    return GoodfitError(code, **params)
