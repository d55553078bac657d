"""The charts of an Environment's releases drawn: their objects in the place of what stood in for them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from gitopsgen.model.finding import Finding, NotChecked, Related, Severity
from gitopsgen.model.manifest import Body, Manifest, text_at
from gitopsgen.model.release import Release
from gitopsgen.source.location import Location, format_path
from gitopsgen.source.location import Path as KeyPath
from gitopsgen.source.reader import read
from gitopsgen.templating.locating import Drawn, Locator
from gitopsgen.templating.release_run import Values
from gitopsgen.validation.argo_cd.scopes import is_namespaced
from gitopsgen.validation.charts.helm import Call, Charts, HelmRefusesError, Part
from gitopsgen.validation.charts.lines import line_of
from gitopsgen.validation.charts.probing import Prober
from gitopsgen.validation.charts.sources import Absent, Chart, find_chart

_TEMPLATE_PLACE: Final = re.compile(r"\(?([\w.-]+/(?:charts/[\w.-]+/)*templates/[\w./-]+?):(\d+)(?::(\d+))?\)?")
_SCHEMA_FAULT: Final = re.compile(r"- at '(/?[^']*)': ([^;]+)")
_UNKNOWN: Final = re.compile(r"additional properties '([^']+)'")
_UNBUILT: Final = "missing in charts/ directory"


@dataclass(kw_only=True)
class Drawing:
    """What was drawn: objects, where they come from, and what is to be told."""

    manifests: list[Manifest] = field(default_factory=list)
    drawn: dict[Manifest, Drawn] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    not_checked: list[NotChecked] = field(default_factory=list)


def draw_charts(
    charts: Charts,
    manifests: Iterable[Manifest],
    releases: Mapping[str, Release],
    values: Mapping[str, Values],
    locator: Locator,
) -> Drawing:
    """Return ``manifests`` with what charts draw: a virtual one gives way to the object that its chart draws.

    Where a chart cannot be drawn, the virtual one stays and says that it only stands in.
    """
    result = Drawing()
    for manifest in manifests:
        if not manifest.virtual or manifest.release not in values:
            result.manifests.append(manifest)
            continue
        _draw(charts, manifest, releases[manifest.release], values[manifest.release], locator, result)
    return result


def _draw(
    charts: Charts, stand_in: Manifest, release: Release, values: Values, locator: Locator, result: Drawing
) -> None:
    chart = find_chart(release.spec["chart"], charts.root, charts.caches)
    at_chart = locator.place_of_key(release, ("chart", "path" if "path" in release.spec["chart"] else "name"))
    if isinstance(chart, Absent):
        result.manifests.append(stand_in)
        if chart.expected:
            result.findings.append(_finding("chart/missing", chart.reason, at_chart, release, chart.fix))
        else:
            result.not_checked.append(_not_checked(release, f"{chart.reason}: run `{chart.fix}`"))
        return
    if charts.helm is None:
        result.manifests.append(stand_in)
        result.not_checked.append(_not_checked(release, "helm is not installed"))
        return
    call = Call(
        chart=chart,
        name=release.app,
        namespace=release.environment.namespace,
        kubernetes=release.environment.versions.kubernetes,
    )
    try:
        parts = charts.helm.draw(call, values.values)
    except HelmRefusesError as error:
        result.manifests.append(stand_in)
        if _UNBUILT in str(error):
            result.not_checked.append(_not_checked(release, f"{error}: run `helm dependency build {chart.place}`"))
        else:
            result.findings.append(_refusal(str(error), charts, chart, release, locator, at_chart))
        return
    _take(charts, stand_in, parts, call, values, result, release, at_chart)


def _take(
    charts: Charts,
    stand_in: Manifest,
    parts: Sequence[Part],
    call: Call,
    values: Values,
    result: Drawing,
    release: Release,
    at_chart: Location,
) -> None:
    """Add the objects that were drawn; the stand-in stays when none of them is the workload."""
    objects: list[tuple[str, Body]] = []
    for part in parts:
        template = line_of(call.chart.place, part.source, (), charts.root)
        stream = read(part.text, template.file)
        for problem in stream.problems:
            message = f"what the chart draws is faulty YAML: {problem.message}"
            result.findings.append(_finding("chart/faulty-yaml", message, template, release))
        objects += [(part.source, document.data) for document in stream.documents if isinstance(document.data, dict)]

    def draw_again(others: Mapping[str, Any]) -> list[Body]:
        try:
            again = replace(charts.helm, memory=None).draw(call, others) if charts.helm else ()
        except HelmRefusesError:
            return []
        return [one.data for part in again for one in read(part.text, "").documents if isinstance(one.data, dict)]

    prober = Prober(values=values.values, bodies=[body for _, body in objects], draw=draw_again)
    workload = False
    for index, (source, body) in enumerate(objects):
        file = line_of(call.chart.place, source, (), charts.root).file
        manifest = replace(stand_in, body=_in_namespace(body, call.namespace), file=file, document=index, template="")
        workload = workload or (manifest.kind, manifest.name) == (stand_in.kind, stand_in.name)
        result.manifests.append(manifest)
        result.drawn[manifest] = _Places(charts=charts, chart=call.chart, source=source, index=index, prober=prober)
    if not workload:
        result.manifests.append(stand_in)
        message = f"the chart draws no {stand_in.kind} `{stand_in.name}`: what the values say of it deploys nothing"
        fix = "set the chart's names by `chart.values`, or say what it draws in `chart.workload`"
        result.findings.append(_finding("chart/no-workload", message, at_chart, release, fix))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places(Drawn):
    """Where the parts of one drawn object come from."""

    charts: Charts
    chart: Chart
    source: str
    index: int
    prober: Prober

    def values_of(self, path: KeyPath) -> tuple[KeyPath, ...]:
        return self.prober.values_of(self.index, path)

    def line_of(self, path: KeyPath) -> Location:
        return line_of(self.chart.place, self.source, path, self.charts.root)


def _in_namespace(body: Body, namespace: str) -> Body:
    """Return the object in the namespace that it is applied to; Argo CD adds it to those that name none."""
    metadata = body.get("metadata")
    if not isinstance(metadata, Mapping) or metadata.get("namespace") or not _lives_in_namespace(body):
        return body
    return {**body, "metadata": {**metadata, "namespace": namespace}}


def _lives_in_namespace(body: Body) -> bool:
    group, slash, _ = text_at(body, "apiVersion").rpartition("/")
    return is_namespaced(group if slash else "", text_at(body, "kind")) is not False


def _refusal(
    said: str, charts: Charts, chart: Chart, release: Release, locator: Locator, at_chart: Location
) -> Finding:
    """Return the finding of helm's refusal: at the value that the chart's schema refuses, or at the template's line."""
    if found := _SCHEMA_FAULT.search(said):
        pointer, message = found.groups()
        unknown = _UNKNOWN.search(message)
        parts = [part for part in (*pointer.split("/"), unknown[1] if unknown else "") if part]
        path: KeyPath = tuple(int(part) if part.isdigit() else part for part in parts)
        place = locator.place_of_value(release, path) or at_chart
        key = format_path(path) or "the values"
        return _finding("chart/refused", f"the chart's values.schema.json refuses `{key}`: {message}", place, release)
    places = _TEMPLATE_PLACE.findall(said)
    if places and chart.place.is_dir():
        source, line, column = places[-1]  # the innermost of the templates that include one another
        file = line_of(chart.place, source, (), charts.root).file
        place = Location(file, int(line), int(column or 1))
        related = (Related(location=at_chart, message="the release"),)
        return replace(_finding("chart/refused", f"the chart fails: {said}", place, release), related=related)
    return _finding("chart/refused", f"helm refuses the chart: {said}", at_chart, release)


def _finding(rule: str, message: str, location: Location, release: Release, fix: str = "") -> Finding:
    return Finding(
        policy=rule, severity=Severity.ERROR, message=message, location=location, fix=fix, release=release.name
    )


def _not_checked(release: Release, reason: str) -> NotChecked:
    stands_in = "checked is what the built-in templates would draw in its place"
    return NotChecked(object=f"{release.name}: what its chart draws", reason=f"{reason}; {stands_in}")
