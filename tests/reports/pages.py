"""A page as a strict reader takes it: every tag closes in order, nothing is loaded, and every link leads somewhere."""

from html.parser import HTMLParser
from typing import Final

_VOID: Final = ("meta",)
_LIVE: Final = ("script", "iframe", "img", "link", "object", "form", "base")


class Page(HTMLParser):
    """Reads a page; fails where it is not well formed, loads something or runs something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        assert text.startswith("<!doctype html>\n")
        self.feed(text)
        self.close()
        assert not self._open
        assert len(set(self.ids)) == len(self.ids)
        assert {link.removeprefix("#") for link in self.links} <= set(self.ids)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in _LIVE
        self.tags.append(tag)
        for name, value in attrs:
            assert name not in ("src", "style", "srcset", "action")
            assert not name.startswith("on")
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.texts.append(data)
