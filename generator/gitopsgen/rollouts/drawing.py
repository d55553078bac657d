"""A plan drawn: as a self-contained SVG, and as text for a terminal."""

from collections.abc import Iterator
from html import escape
from textwrap import wrap
from typing import Final

from gitopsgen.rollouts.planned import Plan, PlannedStep

_STYLE: Final = (
    ".gp{font:12px system-ui,sans-serif;--ink:#1f2328;--dim:#59636e;--line:#d1d9e0;--area:#0969da;--gate:#bc4c00;"
    "--hold:#8250df;--look:#1a7f37}"
    "@media(prefers-color-scheme:dark){.gp{--ink:#e6edf3;--dim:#9198a1;--line:#3d444d;--area:#4493f8;--gate:#f0883e;"
    "--hold:#ab7df8;--look:#3fb950}}"
    ".gp text{fill:var(--ink)}.gp .dim{fill:var(--dim)}.gp .grid{stroke:var(--line)}"
    ".gp .area{fill:var(--area);fill-opacity:.18}.gp .weight{fill:none;stroke:var(--area);stroke-width:2}"
    ".gp .gate{stroke:var(--gate);stroke-width:2;stroke-dasharray:5 3}.gp text.gate{fill:var(--gate);stroke:none}"
    ".gp .hold{fill:var(--hold);fill-opacity:.14}.gp text.hold{fill:var(--hold);fill-opacity:1}"
    ".gp circle{fill:var(--look)}.gp text.look{fill:var(--look)}"
)
_LEFT, _TOP, _HEIGHT, _COLUMN, _BELOW = 52, 44, 160, 84, 72
_MARKS: Final = {"none": " ", "gate": "G", "hold": "H", "analysis": "A", "experiment": "E"}
_BARS: Final = " ▁▂▃▄▅▆▇█"
HEADINGS: Final = ("#", "step", "weight", "canary", "stable", "per pod", "waits", "on abort")
_WIDEST: Final = (8, 24, 8, 8, 8, 8, 28, 24)
_LEFT_ALIGNED: Final = (1, 6, 7)
_NARROWEST: Final = 20


def draw_svg(plan: Plan) -> str:
    """Return the plan as an SVG that needs nothing else: the weight over the steps, with gates, holds and analyses.

    It follows the reader's light or dark scheme. All text of the manifest is escaped.
    """
    width = _LEFT + _COLUMN * len(plan.steps) + 16
    height = _TOP + _HEIGHT + _BELOW
    title = _escape(f"{name_of(plan)}: {_summary(plan)}")
    summary = _escape(_cut(_summary(plan), max(width // 6, 40)))
    columns = (_column(step, weight) for step, weight in zip(plan.steps, plan.weights, strict=True))
    body = "".join((*_grid(width), _curve(plan), *columns))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="gp" role="img" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}"><title>{title}</title><style>{_STYLE}</style>'
        f'<text x="{_LEFT}" y="18" font-weight="600">{_escape(name_of(plan))}</text>'
        f'<text x="{_LEFT}" y="32" class="dim">{summary}</text>{body}</svg>\n'
    )


def draw_text(plan: Plan, width: int = 80) -> str:
    """Return the plan as a table and a line of weights, no line of it wider than ``width``."""
    width = max(width, _NARROWEST)
    rows = [
        HEADINGS,
        *(tuple(map(_cut, row_of(plan, step), _WIDEST)) for step in plan.steps),
    ]
    sizes = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [name_of(plan), f"{plan.strategy}, {_count(plan.replicas, 'replica')}, {_router(plan)}", ""]
    for row in rows:
        cells = [
            cell.ljust(size) if column in _LEFT_ALIGNED else cell.rjust(size)
            for column, (cell, size) in enumerate(zip(row, sizes, strict=True))
        ]
        lines.append("  ".join(cells))
    lines += ["", *_time_line(plan, width), ""]
    lines += [line for total in totals(plan) for line in wrap(_plain(": ".join(total)), width, subsequent_indent="  ")]
    return "\n".join(_cut(_plain(line).rstrip(), width) for line in lines) + "\n"


def totals(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield what a plan comes to, each with what it is."""
    gates, holds = _count(plan.gates, "gate"), _count(plan.holds, "hold")
    yield (
        "waits",
        f"{gates}, {holds} ({format_seconds(plan.hold_seconds)} in all)" if plan.holds else f"{gates}, no holds",
    )
    asked = f"{plan.ungated_weight} % of traffic before a person is asked" if plan.gates else "nobody is asked"
    yield "largest step", f"{plan.largest_jump} points; {asked}"
    alone = "up to the first gate" if plan.gates else "to full traffic"
    yield (
        "shortest time",
        f"{format_seconds(plan.min_seconds)}; {format_seconds(plan.seconds_without_people)} without people, {alone}",
    )
    if plan.first_verdict_seconds is None:
        yield "first verdict", "never: no analysis judges it"
    else:
        exposed = f"{plan.exposure_before_verdict / 100:g} s of full traffic exposed until then"
        yield "first verdict", f"after {format_seconds(plan.first_verdict_seconds)}; {exposed}"
    if plan.detections:
        found = ", ".join(f"{metric} {format_seconds(seconds)}" for metric, seconds in plan.detections)
        yield "fastest detection", found
    if plan.background:
        yield "in the background", ", ".join(plan.background)
    routes = sorted({route for step in plan.steps for route in (*step.header_routes, *step.mirror_routes)})
    if routes:
        yield "routes of its own", ", ".join(routes)


def format_seconds(seconds: int) -> str:
    """Return a time as people write it, ``1h30m``; ``0s`` for none."""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "m"), (rest, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


def _grid(width: int) -> Iterator[str]:
    for percent in (0, 25, 50, 75, 100):
        y = _y(percent)
        yield f'<line class="grid" x1="{_LEFT}" x2="{width - 16}" y1="{y}" y2="{y}"/>'
        yield f'<text class="dim" x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{percent} %</text>'


def _curve(plan: Plan) -> str:
    points = [f"{_LEFT},{_y(0)}"]
    for at, weight in enumerate(plan.weights):
        x = _LEFT + _COLUMN * at
        points += [f"{x},{_y(weight)}", f"{x + _COLUMN},{_y(weight)}"]
    line = " ".join(points)
    end = _LEFT + _COLUMN * len(plan.steps)
    return f'<polygon class="area" points="{line} {end},{_y(0)}"/><polyline class="weight" points="{line}"/>'


def _column(step: PlannedStep, weight: int) -> str:
    x = _LEFT + _COLUMN * step.index
    middle, bottom = x + _COLUMN // 2, _TOP + _HEIGHT
    parts = []
    match step.waits:
        case "gate":
            parts.append(f'<line class="gate" x1="{middle}" x2="{middle}" y1="{_TOP}" y2="{bottom}"/>')
        case "hold":
            parts.append(f'<rect class="hold" x="{x}" y="{_TOP}" width="{_COLUMN}" height="{_HEIGHT}"/>')
        case "analysis" | "experiment":
            parts.append(f'<circle cx="{middle}" cy="{_y(weight)}" r="5"/>')
        case _:
            pass
    style = {"gate": "gate", "hold": "hold", "analysis": "look", "experiment": "look"}.get(step.waits, "dim")
    texts = (
        ("", _label(step)),
        ("dim", f"{weight} %"),
        ("dim", f"{step.canary_pods} + {step.stable_pods} pods"),
        (style, _wait(step)),
    )
    for line, (css, text) in enumerate(texts):
        if text:
            shown = _escape(_cut(text, 13))
            parts.append(
                f'<text class="{css}" x="{middle}" y="{bottom + 16 + 15 * line}" text-anchor="middle">{shown}</text>'
            )
    whole = _escape(" ".join(part for part in (f"{_label(step)}:", _wait(step), *step.analysis) if part))
    return f"<g><title>{whole}</title>{''.join(parts)}</g>"


def _y(percent: int) -> int:
    return _TOP + _HEIGHT - percent * _HEIGHT // 100


def row_of(plan: Plan, step: PlannedStep) -> tuple[str, ...]:
    """Return a step as the cells below ``HEADINGS``."""
    left = step.on_abort
    return (
        "" if step.body is None else str(step.index),
        _label(step),
        "100 %" if step.body is None else f"{plan.percent(step.weight)} %",
        str(step.canary_pods),
        str(step.stable_pods),
        _per_pod(plan, step),
        _wait(step),
        "" if step.body is None else f"{plan.percent(left.weight)} %, {left.canary_pods} + {left.stable_pods}",
    )


def _per_pod(plan: Plan, step: PlannedStep) -> str:
    """Return the traffic that one canary pod gets, where a router decides it."""
    if plan.router is None or not step.canary_pods:
        return ""
    return f"{100 * step.weight / plan.max_weight / step.canary_pods:.1f} %"


def _time_line(plan: Plan, width: int) -> list[str]:
    """Return the weights as bars with the waits below, each step equally wide."""
    cell = max(min((width - 8) // len(plan.steps), 8), 1)
    bars = "".join(_BARS[-(-weight * 8 // 100)] * cell for weight in plan.weights)
    marks = "".join(_MARKS[step.waits].ljust(cell) for step in plan.steps)
    return [f"weight  {bars}", f"waits   {marks}"]


def _label(step: PlannedStep) -> str:
    match step.kind:
        case "setWeight":
            return f"setWeight {step.set_weight}"
        case "setCanaryScale":
            return f"scale to {step.canary_pods}"
        case "setHeaderRoute":
            return "header route"
        case "setMirrorRoute":
            return "mirror route"
        case "prePromotionAnalysis":
            return "pre-promotion"
        case "postPromotionAnalysis":
            return "post-promotion"
        case "":
            return "(no step)"
        case _:
            return step.kind


def _wait(step: PlannedStep) -> str:
    match step.waits:
        case "gate":
            return "gate"
        case "hold":
            return f"hold {format_seconds(step.min_seconds)}"
        case "analysis" | "experiment":
            return ", ".join(step.analysis) or step.waits
        case _:
            return ""


def _summary(plan: Plan) -> str:
    parts = [
        f"{_count(plan.gates, 'gate')}, {_count(plan.holds, 'hold')}",
        f"{plan.ungated_weight} % before the first gate" if plan.gates else "nobody is asked",
        f"at least {format_seconds(plan.min_seconds)}",
    ]
    if plan.first_verdict_seconds is not None:
        parts.append(f"first verdict after {format_seconds(plan.first_verdict_seconds)}")
    if plan.background:
        parts.append("in the background " + ", ".join(plan.background))
    return "; ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def _router(plan: Plan) -> str:
    if plan.strategy == "blueGreen":
        return "traffic by the active Service"
    return f"traffic by {plan.router}" if plan.router else "traffic by the number of pods"


def name_of(plan: Plan) -> str:
    """Return ``namespace/name`` of the Rollout."""
    return f"{plan.namespace}/{plan.name}" if plan.namespace else plan.name or "(no name)"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _plain(text: str) -> str:
    """Return ``text`` without line breaks and control characters, which neither a terminal nor XML should get."""
    return "".join(char if char.isprintable() else "�" for char in text)


def _escape(text: str) -> str:
    return escape(_plain(text))
