"""The steps of rendering one release, in order: profile, analyses, strategy, objects, patches."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NoReturn

from gitopsgen.descriptors.merging import overlay
from gitopsgen.descriptors.provenance import place_of
from gitopsgen.model.finding import Finding, Related, Severity
from gitopsgen.model.manifest import Manifest, dig, text_at, walk
from gitopsgen.model.release import Release
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.source.location import Location, Path, format_path
from gitopsgen.source.reader import Document
from gitopsgen.templating import patches
from gitopsgen.templating.engine import TemplateError
from gitopsgen.templating.library import HeadError, Template
from gitopsgen.templating.names import BACKGROUND
from gitopsgen.templating.paths import application_file, manifest_file, values_file
from gitopsgen.templating.strategy import ROUTERS, Use, Wiring, analyses_of, expand, router_of
from gitopsgen.templating.traced import like

if TYPE_CHECKING:
    from gitopsgen.templating.rendering import Renderer

APPLICATION: Final = "argocd/application.yaml.j2"
ROLLOUT: Final = "manifests/rollout.yaml.j2"
VALUES: Final = "values.yaml.j2"
_NOT_PROFILE: Final = ("canary", "blueGreen")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Values:
    """The Helm values of a release, and the file they are written to."""

    file: str
    release: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rendering:
    """What a release or an Environment renders to, and what went wrong. With findings it is not complete."""

    manifests: tuple[Manifest, ...]
    values: Values | None = None
    findings: tuple[Finding, ...] = ()


class _Failed(Exception):  # noqa: N818 - control flow inside this module
    """A template of the release failed; its finding is noted."""


class ReleaseRun:
    """The steps of rendering one release, whole or in part, with what they find."""

    def __init__(self, renderer: "Renderer", release: Release) -> None:
        self.renderer = renderer
        self.release = release
        self.findings: list[Finding] = []
        self._parts: dict[str, tuple[Manifest, ...]] = {}
        self.context = renderer.release_context(release, self._analysis_names())

    def whole(self) -> Rendering:
        """Return everything that the release renders to."""
        library = self.renderer.engine.library
        application = library.templates.get(APPLICATION)
        templates = [*library.in_folder("manifests"), *([application] if application else [])]
        try:
            self._prepare()
            manifests = self._patched([*self._manifests(templates), *self._drawn_by_chart()])
            values = self._values()
        except _Failed:
            return Rendering(manifests=(), findings=tuple(self.findings))
        return Rendering(manifests=tuple(manifests), values=values, findings=tuple(self.findings))

    def manifests_of(self, name: str) -> tuple[Manifest, ...]:
        """Return the manifests of the whole that the template called ``name`` yields; none where something fails."""
        if name not in self._parts:
            self._parts[name] = tuple(self._part(name))
        return self._parts[name]

    @cached_property
    def values(self) -> Values | None:
        """The Helm values of the whole; ``None`` where there are none, or something fails."""
        try:
            self._prepare()
            return self._values()
        except _Failed:
            return None

    def _part(self, name: str) -> list[Manifest]:
        template = self.renderer.engine.library.templates.get(name)
        if template is None:
            return []
        try:
            self._prepare()
            return self._patched([*self._manifests([template]), *(self._drawn_by_chart() if name == ROLLOUT else ())])
        except _Failed:
            return []

    def _prepare(self) -> None:
        """Make what the templates see; they are rendered one by one then."""
        if "rollout" in self.context:
            return
        strategy = self._strategy()
        uses = list(analyses_of(strategy))
        templates = self._analysis_templates(uses)
        finished = expand(strategy, self._wiring(templates))
        self.context["rollout"] = self._rollout(strategy, finished)
        self.context["analysis"] = {"templates": list(templates.values())}

    def _analysis_names(self) -> list[str]:
        return sorted({*self.renderer.analyses, *self.release.spec["analysis"]})

    def _strategy(self) -> Mapping[str, Any]:
        """Return the strategy with short forms: the profile's, or the descriptor's own."""
        rollout: Mapping[str, Any] = self.release.spec["rollout"]
        own = {key: rollout[key] for key in _NOT_PROFILE if key in rollout}
        if own:
            return own
        library = self.renderer.engine.library
        name = rollout.get("profile")
        template = library.find("rollouts", str(name)) if name else None
        if template is None:
            self._fail(
                "descriptor/unknown-profile",
                f"there is no profile `{name}`" if name else "`rollout` has neither a profile nor a strategy",
                ("rollout", "profile"),
                did_you_mean(str(name), library.choices("rollouts")),
            )
        params = self._checked(template, ("rollout", "with"))
        strategy = self._mapping(template, {**self.context, "params": params})
        self.context["profile"] = name
        decided: Mapping[str, Any] = self.renderer.because(strategy, name)
        return decided

    def _analysis_templates(self, uses: list[Use]) -> dict[tuple[str, bool], dict[str, Any]]:
        """Return the AnalysisTemplates in use, by the analysis' name and whether they run beside the steps."""
        library = self.renderer.engine.library
        result: dict[tuple[str, bool], dict[str, Any]] = {}
        for use in sorted(uses, key=lambda use: (use.name, use.background)):
            if (use.name, use.background) in result:
                continue
            template = library.find("analysis", use.name)
            if template is None:
                path = self._path_of(use)
                self._note(
                    "descriptor/unknown-analysis",
                    f"there is no analysis `{use.name}`",
                    path,
                    did_you_mean(use.name, self.renderer.analyses),
                )
                continue
            params = self._checked(template, ("analysis", use.name))
            spec = self._mapping(template, {**self.context, "params": params, "background": use.background})
            name = self.context["names"]["analysis"][use.name] + (BACKGROUND if use.background else "")
            reasons = [one.name for one in uses if (one.name, one.background) == (use.name, use.background)]
            drawn = {"name": name, "spec": spec, "analysis": use.name}
            result[use.name, use.background] = self.renderer.because(drawn, *reasons)
        if self.findings:
            raise _Failed
        return result

    def _path_of(self, use: Use) -> Path:
        """Return where in the App's spec an analysis of the strategy is named."""
        for path, value in walk(self.release.spec["rollout"]):
            if value == use.name:
                return ("rollout", *path)
        return ("rollout", "profile")

    def _wiring(self, templates: Mapping[tuple[str, bool], Mapping[str, Any]]) -> Wiring:
        def arguments(name: str, background: bool) -> list[str]:  # noqa: FBT001 - the key's second half
            spec = templates[name, background]["spec"] if (name, background) in templates else {}
            return [
                str(argument["name"])
                for argument in spec.get("args") or ()
                if isinstance(argument, Mapping) and "name" in argument and not {"value", "valueFrom"} & set(argument)
            ]

        return Wiring(
            names=self.context["names"],
            namespace=self.context["environment"]["namespace"],
            main_port=(self.context["app"]["main_port"] or {"port": 80})["port"],
            ingress=self.context["app"]["ingress"],
            arguments=arguments,
            because=self.renderer.because,
        )

    def _rollout(self, short: Mapping[str, Any], strategy: Mapping[str, Any]) -> dict[str, Any]:
        """Return what templates see of the finished ``strategy``, which was ``short`` with short forms."""
        router = router_of(strategy)
        written = self.release.spec["rollout"].get("canary")
        routing = written.get("trafficRouting") if isinstance(written, Mapping) else None
        if isinstance(routing, str) and routing not in (*ROUTERS, "auto"):
            path = ("rollout", "canary", "trafficRouting")
            self._fail(
                "descriptor/unknown-router", f"there is no router `{routing}`", path, did_you_mean(routing, ROUTERS)
            )
        if router in ("nginx", "alb", "istio", "gatewayAPI") and not self.release.spec.get("ingress"):
            self._fail(
                "descriptor/router-without-ingress",
                f"traffic is routed by {router}, and the App has no `ingress`",
                ("rollout",),
                "add `ingress: {host: …}`, or take out `trafficRouting`",
            )
        canary, blue_green = strategy.get("canary"), strategy.get("blueGreen")
        reasons = (short.get("canary"), short.get("blueGreen"), dig(canary, "trafficRouting"))

        def because(value: object) -> Any:  # noqa: ANN401 - the value
            return self.renderer.because(value, *reasons)

        return {
            "kind": because("blueGreen" if isinstance(blue_green, Mapping) else "canary"),
            "strategy": strategy,
            "profile": self.context.pop("profile", None),
            "router": because(router),
            "uses_canary_service": because(isinstance(canary, Mapping) and bool(canary.get("canaryService"))),
            "uses_preview_service": because(isinstance(blue_green, Mapping) and bool(blue_green.get("previewService"))),
        }

    def _manifests(self, templates: Iterable[Template]) -> Iterator[Manifest]:
        for template in templates:
            for document in self._documents(template, self.context):
                if problem := no_object(document.data):
                    self._fail_at("template/no-object", problem, Location(template.file, 1, 1))
                body = document.data
                file = (
                    application_file(self.release)
                    if template.name == APPLICATION
                    else manifest_file(self.release, text_at(body, "kind"), text_at(body, "metadata", "name"))
                )
                yield Manifest(
                    body=body,
                    file=file,
                    release=self.release.name,
                    environment=self.release.environment.name,
                    app=self.release.app,
                    tier=self.release.environment.tier,
                    template=template.name,
                )

    def _drawn_by_chart(self) -> Iterator[Manifest]:
        """Yield the workload that a chart draws from the generated values, so that it is checked although not written.

        It is what the templates would draw without the chart; a chart of one's own may draw something else.
        """
        chart = self.release.spec.get("chart")
        template = self.renderer.engine.library.templates.get(ROLLOUT)
        if not chart or template is None:
            return
        context = {**self.context, "app": {**self.context["app"], "chart": None}}
        for document in self._documents(template, context):
            body = document.data
            if chart["workload"] == "deployment":
                spec = {
                    "replicas": 0,
                    **{key: body["spec"][key] for key in ("selector", "template") if key in body["spec"]},
                }
                body = {**body, "apiVersion": "apps/v1", "kind": "Deployment", "spec": spec}
            yield Manifest(
                body=body,
                file=values_file(self.release),
                release=self.release.name,
                environment=self.release.environment.name,
                app=self.release.app,
                tier=self.release.environment.tier,
                template=template.name,
                virtual=True,
            )

    def _patched(self, manifests: list[Manifest]) -> list[Manifest]:
        for index, patch in enumerate(self.release.spec["patches"]):
            matched = False
            for number, manifest in enumerate(manifests):
                if patches.matches(patch["target"], manifest.body):
                    matched = True
                    merge = self.renderer.because(patch["merge"], *patch["target"].values())
                    body: Mapping[str, Any] = patches.apply_patch(manifest.body, merge)
                else:
                    body = self.renderer.spared(manifest.body, patch)
                manifests[number] = replace(manifest, body=body)
            if not matched:
                self._note(
                    "descriptor/patch-matches-nothing",
                    "no rendered object matches the target of this patch",
                    ("patches", index, "target"),
                    f"rendered are: {', '.join(sorted({manifest.kind for manifest in manifests}))}",
                    severity=Severity.WARNING,
                )
        return manifests

    def _values(self) -> Values | None:
        template = self.renderer.engine.library.templates.get(VALUES)
        if template is None:
            return None
        generated = self._mapping(template, self.context)
        chart = self.release.spec.get("chart") or {}
        values = like(overlay(generated, chart.get("values") or {}, {}), generated)
        return Values(file=values_file(self.release), release=self.release.name, values=values)

    def _mapping(self, template: Template, context: Mapping[str, Any]) -> Mapping[str, Any]:
        documents = self._documents(template, context)
        data = documents[0].data if len(documents) == 1 else None
        if not isinstance(data, dict):
            self._fail_at("template/no-map", f"{template.file} must yield one map", Location(template.file, 1, 1))
        return data

    def _documents(self, template: Template, context: Mapping[str, Any]) -> tuple[Document, ...]:
        try:
            return self.renderer.documents(template, context)
        except TemplateError as error:
            self.findings.append(template_finding(error, self.release.name, self.release.place))
            raise _Failed from error

    def _checked(self, template: Template, path: Path) -> dict[str, Any]:
        """Return the template's parameters, completed; faults of what ``path`` gives are noted at their lines."""
        given = dig(self.release.spec, *path) or {}
        try:
            parameters = self.renderer.parameters(template)
            faults = parameters.faults(given) if self.renderer.checks_parameters else []
        except HeadError as error:
            self._fail_at("template/head", error.said, error.location)
        for fault in faults:
            message = fault.message.replace("`", f"`{format_path(path)}.", 1) if fault.path else fault.message
            self._note(fault.rule, message, (*path, *fault.path), fault.fix)
        if faults:
            raise _Failed
        return self.renderer.parameter_values(parameters, self.release, path)

    def _note(self, rule: str, message: str, path: Path, fix: str = "", severity: Severity = Severity.ERROR) -> None:
        location = place_of(self.release.layers, path) or self.release.place
        self.findings.append(
            Finding(
                policy=rule, severity=severity, message=message, location=location, fix=fix, release=self.release.name
            )
        )

    def _fail(self, rule: str, message: str, path: Path, fix: str = "") -> NoReturn:
        self._note(rule, message, path, fix)
        raise _Failed

    def _fail_at(self, rule: str, message: str, location: Location) -> NoReturn:
        self.findings.append(replace(error_at(rule, message, location), release=self.release.name))
        raise _Failed


def no_object(data: object) -> str:
    """Say what keeps a rendered document from being a Kubernetes object; empty when nothing does."""
    if not isinstance(data, dict):
        return "the template yields a document that is no map"
    missing = [key for key in ("apiVersion", "kind") if not text_at(data, key)]
    if not text_at(data, "metadata", "name"):
        missing.append("metadata.name")
    return f"the template yields an object without {' and '.join(missing)}" if missing else ""


def template_finding(error: TemplateError, name: str, place: Location) -> Finding:
    """Return the finding that a template fails for a release, or for an Environment, described at ``place``."""
    return Finding(
        policy="template/fails",
        severity=Severity.ERROR,
        message=error.message,
        location=error.location,
        fix=error.fix,
        release=name,
        related=(Related(location=place, message=f"the descriptor of {name}"),),
    )


def error_at(rule: str, message: str, location: Location) -> Finding:
    """Return the finding that a rule is broken at ``location``."""
    return Finding(policy=rule, severity=Severity.ERROR, message=message, location=location)
