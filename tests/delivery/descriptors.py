"""Descriptors as people write them: comments everywhere, anchors, and every style of YAML, drawn at random."""

from dataclasses import dataclass

from hypothesis import strategies as st

from gitopsgen.source.reader import Yaml

NAMES = ("image", "tag", "digest", "replicas", "env", "LOG_LEVEL", "a", "b.c", "x y", "8000")
WORDS = (
    "v1.0.0",
    "info",
    "a b",
    "it's",
    'say "hi"',
    "1.10",
    "yes",
    "",
    "null",
    "a: b",
    "# no",
    "x # y",
    "é",
    "[a",
    "- x",
)


@dataclass
class Writer:
    """Draws a document and writes it line by line."""

    draw: st.DrawFn
    anchors: dict[str, str]
    step: int
    indented_lists: bool
    count: int = 0
    named: int = 0

    def chance(self, one_in: int) -> bool:
        return self.draw(st.integers(1, one_in)) == one_in

    def comment(self) -> str:
        self.count += 1
        return f"# comment {self.count}"

    def scalar(self, *, flow: bool) -> str:
        kind = self.draw(st.integers(0, 5))
        word = self.draw(st.sampled_from(WORDS))
        if kind == 0:
            return str(self.draw(st.integers(-5, 99)))
        if kind == 1:
            return self.draw(st.sampled_from(("true", "false", "null", "~", "0.5", "1e3", "1.50")))
        if kind == 2:
            return "'" + word.replace("'", "''") + "'"
        if kind == 3:
            return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if kind == 4 and not flow:
            return ""
        return self.draw(st.sampled_from(("v1.0.0", "info", "http://x/y#z", "a-b_c", "500m")))

    def anchor(self) -> str:
        if not self.chance(6):
            return ""
        self.named += 1
        return f"&{'n0' if self.chance(4) else f'n{self.named}'} "

    def complete(self, anchor: str, kind: str) -> None:
        """Let aliases stand for a value from here on."""
        if anchor:
            self.anchors[anchor.strip(" &")] = kind

    def alias(self, *kinds: str) -> str | None:
        known = [name for name, kind in self.anchors.items() if kind in kinds]
        return f"*{self.draw(st.sampled_from(known))}" if known and self.chance(3) else None

    def names(self) -> list[str]:
        return self.draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))

    def key(self, name: str) -> str:
        if name == "8000" or self.chance(8):
            return f'"{name}"'
        return f"'{name}'" if self.chance(8) else name

    def flow(self, depth: int) -> str:
        pad = self.draw(st.sampled_from(("", " ")))
        if self.chance(2):
            items = [self.flow_value(depth) for _ in range(self.draw(st.integers(0, 3)))]
            tail = "," if items and self.chance(4) else ""
            return f"[{pad}{', '.join(items)}{tail}{pad}]"
        entries = [f"{self.key(name)}: {self.flow_value(depth)}" for name in self.names()]
        if self.chance(8):
            entries = []
        tail = "," if entries and self.chance(4) else ""
        return f"{{{pad}{', '.join(entries)}{tail}{pad}}}"

    def flow_value(self, depth: int) -> str:
        if depth and self.chance(3):
            return self.flow(depth - 1)
        return self.alias("scalar", "map", "list") or self.scalar(flow=True)

    def trailing(self) -> str:
        return f"  {self.comment()}" if self.chance(4) else ""

    def between(self, indent: int) -> list[str]:
        lines = []
        while self.chance(5):
            lines.append(self.draw(st.sampled_from((" " * indent, " " * (indent + 3), ""))) + self.comment())
        return [*lines, ""] if self.chance(8) else lines

    def block_map(self, indent: int, depth: int) -> list[str]:
        lines: list[str] = []
        pad = " " * indent
        if (alias := self.alias("map")) and self.chance(2):
            lines.append(f"{pad}<<: {alias}{self.trailing()}")
        for name in self.names():
            lines += self.between(indent)
            lines += self.value(f"{pad}{self.key(name)}:", indent, depth)
        return lines

    def block_list(self, indent: int, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(self.draw(st.integers(1, 3))):
            lines += self.between(indent)
            pad = " " * indent
            if depth and self.chance(3):
                inner = self.block_map(indent + 2, depth - 1)
                while inner[0].strip() == "" or inner[0].strip().startswith("#"):
                    inner.pop(0)
                lines += [f"{pad}- {inner[0].lstrip()}", *inner[1:]]
            else:
                lines += self.value(f"{pad}-", indent, 0)
        return lines

    def value(self, head: str, indent: int, depth: int) -> list[str]:
        kind = self.draw(st.integers(0, 8))
        if kind == 0 and (alias := self.alias("scalar", "map", "list")):
            return [f"{head} {alias}{self.trailing()}"]
        if kind <= 3 and depth:
            anchor = self.anchor()
            first = f"{head}{f' {anchor}'.rstrip()}{self.trailing()}"
            if kind < 3:
                inner = self.block_map(indent + self.step, depth - 1)
            else:
                inner = self.block_list(indent + (self.step if self.indented_lists else 0), depth - 1)
            self.complete(anchor, "map" if kind < 3 else "list")
            return [first, *inner]
        if kind == 4:
            anchor, text = self.anchor(), self.flow(2)
            self.complete(anchor, "map" if text.startswith("{") else "list")
            return [f"{head} {anchor}{text}{self.trailing()}"]
        if kind == 5:
            pad = " " * (indent + self.step)
            style = self.draw(st.sampled_from(("|", "|-", "|+", ">", ">-")))
            return [f"{head} {style}", f"{pad}text", "", f"{pad}  more", *([""] if self.chance(3) else [])]
        if kind == 6:
            pad = " " * (indent + self.step)
            end = self.draw(st.sampled_from(("", ",")))
            lines = [f"a: 1,{self.trailing()}", f"b: [1, 2]{end}{self.trailing()}"]
            return [f"{head} {{", *(pad + line for line in lines), f"{' ' * indent}}}"] if indent else [f"{head} x"]
        text = self.scalar(flow=False)
        if not text:
            return [f"{head}{self.trailing()}"]
        anchor = self.anchor()
        self.complete(anchor, "scalar")
        return [f"{head} {anchor}{text}{self.trailing()}"]


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Draw the text of a file."""
    writer = Writer(draw=draw, anchors={}, step=draw(st.integers(1, 4)), indented_lists=draw(st.booleans()))
    lines = [*writer.between(0), *writer.block_map(0, 4), *writer.between(0)]
    text = draw(st.sampled_from(("\n", "\r\n"))).join(lines)
    ending = draw(st.sampled_from(("", "\n")))
    return text + (ending if "\r\n" not in text else ending.replace("\n", "\r\n"))


@st.composite
def values(draw: st.DrawFn) -> Yaml:
    """Draw a value to set."""
    scalars = st.one_of(
        st.sampled_from(WORDS),
        st.integers(-5, 500),
        st.booleans(),
        st.none(),
        st.just("two\nlines\n"),
        st.just("one\ntwo"),
    )
    return draw(
        st.one_of(
            scalars,
            st.lists(scalars, max_size=3),
            st.dictionaries(st.sampled_from(NAMES), scalars, max_size=3),
            st.dictionaries(
                st.sampled_from(NAMES), st.dictionaries(st.sampled_from(NAMES), scalars, max_size=2), max_size=2
            ),
        )
    )
