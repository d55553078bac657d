"""Pages of HTML that need nothing else: no script, no address that is loaded, and the reader's light or dark scheme."""

from collections.abc import Iterable
from html import escape
from typing import Final

from gitopsgen.reports.plain import printable, well_formed

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE: Final = """\
:root{color-scheme:light dark;--ink:#1f2328;--dim:#59636e;--line:#d1d9e0;--page:#fff;--raised:#f6f8fa;--red:#cf222e;
--amber:#9a6700;--blue:#0969da;--green:#1a7f37}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9198a1;--line:#3d444d;--page:#0d1117;--raised:#151b23;
--red:#f85149;--amber:#d29922;--blue:#4493f8;--green:#3fb950}}
body{font:15px/1.5 system-ui,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem;color:var(--ink);
background:var(--page)}
h1{font-size:1.6rem;margin:0}h2{font-size:1.25rem;margin:2.5rem 0 .75rem}h3{font-size:1rem;margin:1.5rem 0 .5rem}
a{color:var(--blue)}code,pre{font:13px/1.5 ui-monospace,monospace}li{overflow-wrap:anywhere}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}.wide{overflow-x:auto}figure{margin:1rem 0}
th,td{padding:.3rem .75rem;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}dt{color:var(--dim)}dd{margin:0}
details{border:1px solid var(--line);border-radius:6px;margin:.5rem 0;padding:.5rem 1rem}summary{cursor:pointer}
pre{overflow-x:auto;border-left:3px solid var(--line);padding-left:1rem;margin:.5rem 0}
.dim{color:var(--dim)}.level{font-weight:600;margin-right:.5rem}.high,.error{color:var(--red)}
.medium,.warning{color:var(--amber)}.low,.info{color:var(--blue)}.good{color:var(--green)}
.tiles{display:flex;flex-wrap:wrap;gap:.75rem;list-style:none;padding:0;margin:1.25rem 0}
.tiles li{background:var(--raised);border:1px solid var(--line);border-radius:6px;padding:.6rem 1rem}
.tiles a{color:inherit;text-decoration:none}
@media print{body{max-width:none;margin:0}details{break-inside:avoid}}"""


def page(title: str, body: Iterable[str]) -> str:
    """Return a whole page; ``body`` are the lines of its content, in which the text of others is ``shown``."""
    content = "\n".join(body)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{shown(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{content}\n</main>\n</body>\n</html>\n"
    )


def shown(text: object) -> str:
    """Return text that nobody prepared, on one line and without a meaning to a browser."""
    return escape(printable(well_formed(str(text))))


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table, with room to scroll; cells are HTML, and the first of a row is its heading."""
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    body = "\n".join(_row(*row) for row in rows)
    return f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>'


def listed(items: Iterable[str]) -> str:
    """Return a list; its items are HTML."""
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def _row(heading: str, *cells: str) -> str:
    return f'<tr><th scope="row">{heading}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
