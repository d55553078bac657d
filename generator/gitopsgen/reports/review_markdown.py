"""A review as a comment on a pull request: a table of all that changes, and each group folded below it.

A comment has a limit. What is left out to keep it is the least risky, and it says how much that is.
"""

import re
from collections.abc import Iterator
from typing import Final

from gitopsgen.delivery.review.model import Group, Level, Line, Review
from gitopsgen.reports.plain import LIVE, comment_mark, printable
from gitopsgen.reports.review_text import in_words, names, plan_owner, remarks, summary, title

LIMIT: Final = 65_000
"""Characters of a comment. Source: GitHub takes 65,536, GitLab 1,000,000."""

_TABLE_SHARE: Final = LIMIT // 2
_FOOTER: Final = 400
_MOST_NAMES: Final = 40
_MOST_LINES: Final = 60
_WIDEST_ROW: Final = 240
_SPECIAL: Final = re.compile(r"[\\`*_\[\]|~&<>]")
_NO_LETTER: Final = re.compile(r"[^\w/-]|_")
_AT: Final = "&#64;"


def review_markdown(review: Review, limit: int = LIMIT, folder: str = "") -> str:
    """Return the review in Markdown, in at most ``limit`` characters.

    ``folder`` is where the repository lies in its git work tree, ``deploy/``, empty at the top.
    """
    head = [comment_mark("diff", folder), f"### {_escape(summary(review))}", ""]
    head += _remarks(remarks(review))
    if not review.groups:
        return "\n".join(head).rstrip() + "\n"
    text = "\n".join((*head, "| risk | where | what |", "|---|---|---|", ""))
    budget = min(_TABLE_SHARE, limit // 2)
    rows = 0
    for group in review.groups:
        row = f"| {_level(group.level)} | {_escape(title(group))} | {_row(group)} |\n"
        if len(text) + len(row) > budget:
            break
        text += row
        rows += 1
    text += _left_out(review.groups[rows:], "| … | {} | {} |\n")
    sections = 0
    for group in review.groups:
        section = next((one for one in _sections(group, review) if len(text) + len(one) + _FOOTER <= limit), None)
        if section is None:
            break
        text += section
        sections += 1
    return text + _left_out(review.groups[sections:], "\n{} {} not unfolded here: `gitopsgen diff` shows all.\n")


def _remarks(lines: list[str]) -> list[str]:
    """Return a list of what the review cannot tell of, and an empty line after it."""
    more = len(lines) - _MOST_NAMES
    items = [f"- {_escape(_cut(line))}" for line in lines[:_MOST_NAMES]]
    return [*items, *[f"- and {more} more"] * (more > 0), ""] if items else []


def _left_out(groups: tuple[Group, ...], form: str) -> str:
    """Return how many groups are left out, and how risky the worst of them is."""
    if not groups:
        return ""
    count = f"{len(groups)} more group{'s' * (len(groups) != 1)}"
    return form.format(count, f"of {groups[0].level} risk at most")


def _level(level: Level) -> str:
    return f"**{level}**" if level is Level.HIGH else level.value


def _row(group: Group) -> str:
    first = _escape(_cut(group.lines[0].text))
    more = len(group.lines) - 1
    return f"{first} … and {more} more" if more else first


def _sections(group: Group, review: Review) -> Iterator[str]:
    """Yield a group folded, whole first, and then with ever less of what is least needed."""
    for most_lines, detailed in ((len(group.lines), True), (len(group.lines), False), (_MOST_LINES, False), (5, False)):
        yield _section(group, review, group.lines[:most_lines], detailed=detailed)


def _section(group: Group, review: Review, lines: tuple[Line, ...], *, detailed: bool) -> str:
    left = len(group.lines) - len(lines)
    parts = [f"\n<details><summary><b>{group.level}</b> · {_escape(title(group))}: {_row(group)}</summary>\n"]
    if len(group.releases) > 1:
        parts.append(f"In {_escape(names(group.releases, _MOST_NAMES))}.\n")
    for line in lines:
        policy = f" (`gitopsgen explain {line.policy}`)" if line.policy else ""
        parts.append(f"- {_level(line.level)}: {_escape(_cut(line.text, 400))}{policy}")
        if line.detail and detailed:
            parts += ["", *_fenced(line.detail.splitlines(), "  "), ""]
    if left:
        parts.append(f"- … {left} more, no riskier")
    owner = plan_owner(group, review)
    if owner and owner.plans:
        signed = (f"{sign} {in_words(plan)}" for sign, plan in zip("-+", owner.plans, strict=True) if plan)
        parts += ["", f"The rollout of {_escape(owner.release)}:", "", *_fenced(list(signed), "")]
    return "\n".join((*parts, "\n</details>\n"))


def _fenced(lines: list[str], margin: str) -> list[str]:
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(longest + 1, 3)
    return [f"{margin}{fence}diff", *(f"{margin}{line}" for line in lines), f"{margin}{fence}"]


def _cut(text: str, widest: int = _WIDEST_ROW) -> str:
    return text if len(text) <= widest else f"{text[: widest - 1]}…"


def _escape(text: str) -> str:
    """Return a text that is shown as it is, in Markdown and in a summary, which is HTML and knows no backslashes.

    Mentions and links are made of what is shown, however it is written, but not of code, nor across a comment.
    """
    return " ".join(_word(word) for word in printable(text).split(" "))


def _word(word: str) -> str:
    if not LIVE.search(word):
        return _SPECIAL.sub(_entity, word)
    return f"<code>{_NO_LETTER.sub(_entity, word).replace(_AT, f'{_AT}<!-- -->')}</code>"


def _entity(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"
