"""Reads the pages of a run: the first as whatever they are, the next by what these have shown."""

from mpl_export.tenant.http.transport import Answer
from mpl_export.tenant.logs.shapes import Shape, shape_of
from mpl_export.tenant.odata import answers

_PAGES = 4
"""So many large pages come first: to import what reads by types costs what it gains on two."""

_LARGE = 1 << 18  # bytes, some 200 rows
_SMALL = 1 << 14  # below that nothing is gained


class PageReader:
    """Reads pages; threads may share it."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._shape: Shape | None = None
        self._large = 0

    def page_of(self, answer: Answer) -> answers.RawPage:
        """Read a page, as ``answers.page_of``: with the same rows, and the same errors."""
        shape = self._shape
        if shape is not None and len(answer.body) >= _SMALL:
            page = _typed_page(shape, answer)
            if page is not None:
                return page
        page = answers.page_of(answer)
        if len(answer.body) >= _LARGE:
            self._large += 1
            if self._large >= _PAGES:
                self._shape = shape_of(page.rows)
        return page


def _typed_page(shape: Shape, answer: Answer) -> answers.RawPage | None:
    from mpl_export.tenant.logs.typed_rows import typed  # noqa: PLC0415 - a tick does without

    known = typed(shape)
    return None if known is None else known.page_of(answer)
