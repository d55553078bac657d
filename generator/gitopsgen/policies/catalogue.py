"""All rules by their id: policy files of the built-in library and the repository, and the pages of structural rules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from gitopsgen.descriptors.validation import Validator
from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.location import Location
from gitopsgen.model.manifest import text_at
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.policies.policy import POLICY_SCHEMA, Policy, read_policy
from gitopsgen.policies.settings import Settings, read_settings
from gitopsgen.source.files import read_text
from gitopsgen.source.reader import Document, read

FOLDER: Final = "policies"
_VALIDATOR: Final = Validator(POLICY_SCHEMA)
_RULE_FOLDERS: Final = ("descriptors", "templating", "policies", "validation", "tree", "source")
_OTHER_KINDS: Final = ("Waivers", "PolicyConfig")
_ADMISSION: Final = "admissionregistration.k8s.io/"


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """The rules of a run.

    ``own`` are the ids that the repository's own files define. ``documents`` are what else lies among the policies:
    admission policies, their bindings and parameters.
    """

    policies: Mapping[str, Policy]
    settings: Settings
    own: frozenset[str] = frozenset()
    waiver_documents: tuple[Document, ...] = ()
    documents: tuple[Document, ...] = ()
    _pages: dict[str, Policy | None] = field(default_factory=dict)

    def page(self, rule: str) -> Policy | None:
        """Return the page of a policy or a structural rule; ``None`` when there is none."""
        if rule in self.policies:
            return self.policies[rule]
        if rule not in self._pages:
            self._pages[rule] = structural_pages(rule.partition("/")[0]).get(rule)
        return self._pages[rule]

    def severity(self, rule: str, tier: str) -> Severity | None:
        """Return the severity of a rule in a tier; ``None`` where it is off. What has no page is an error."""
        page = self.page(rule)
        setting = self.settings.rules.get(rule)
        if setting and setting.severity:
            word = setting.severity.get(tier) or setting.severity.get("default")
            if word:
                return None if word == "off" else Severity(word)
        return page.severity_in(tier) if page else Severity.ERROR

    def waivable(self, rule: str) -> bool:
        """Tell whether a waiver applies to a rule."""
        page = self.page(rule)
        return page.waivable if page else True

    @cached_property
    def all(self) -> Mapping[str, Policy]:
        """Every rule there is, structural ones too, in order."""
        pages = {page.id: page for family in _families() for page in structural_pages(family).values()}
        return dict(sorted({**pages, **self.policies}.items()))

    def matching(self, patterns: tuple[str, ...]) -> list[Policy]:
        """Return the rules whose id fits one of the globs; all when there are none."""
        return [
            page
            for name, page in self.all.items()
            if not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)
        ]


def load_catalogue(builtin: Path, own: Path | None) -> tuple[Catalogue, list[Finding]]:
    """Return the rules of the built-in folder and of a repository's own, and the faults of its files.

    A file of the same relative path takes the built-in one's place; a new file adds to it.
    """
    loading = _Loading()
    for path, shown in _policy_files(builtin, own).values():
        ours = own is not None and path.is_relative_to(own)
        for document in _documents(path, shown, loading.findings):
            loading.take(document, path.stem, ours=ours)
    return loading.catalogue(), loading.findings


def _policy_files(builtin: Path, own: Path | None) -> dict[str, tuple[Path, str]]:
    found: dict[str, tuple[Path, str]] = {}
    for folder in (builtin, own):
        if folder is not None and folder.is_dir():
            for path in sorted(folder.rglob("*")):
                name = path.relative_to(folder).as_posix()
                if path.suffix in (".yaml", ".yml") and not any(part.startswith(".") for part in name.split("/")):
                    found[name] = (path, f"{FOLDER}/{name}")
    return found


@dataclass(kw_only=True)
class _Loading:
    """What has been read so far."""

    findings: list[Finding] = field(default_factory=list)
    policies: dict[str, Policy] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    others: list[Document] = field(default_factory=list)
    waivers: list[Document] = field(default_factory=list)
    settings: Settings = field(default_factory=Settings)

    def take(self, document: Document, stem: str, *, ours: bool) -> None:
        """Take in one document of a policy file."""
        kind = text_at(document.data, "kind")
        if kind == "Waivers":
            self.waivers.append(document)
        elif kind == "PolicyConfig":
            self.settings = read_settings(document, self.findings)
        elif kind == "Policy":
            faults = list(_policy_faults(document, stem))
            self.findings += faults
            if not faults:
                policy = read_policy(document)
                self.policies[policy.id] = policy
                if ours:
                    self.own.add(policy.id)
        elif _is_admission(document):
            self.others.append(document)
        else:
            self.findings.append(_unknown_kind(document, kind))

    def catalogue(self) -> Catalogue:
        """Return the catalogue of all that was taken in."""
        return Catalogue(
            policies=dict(sorted(self.policies.items())),
            settings=self.settings,
            own=frozenset(self.own),
            waiver_documents=tuple(self.waivers),
            documents=tuple(self.others),
        )


def _is_admission(document: Document) -> bool:
    """Tell whether a document is an admission policy, a binding, or an object that may be their parameter."""
    return bool(text_at(document.data, "apiVersion") and text_at(document.data, "kind")) and not text_at(
        document.data, "apiVersion"
    ).startswith("gitopsgen.io/")


def _documents(path: Path, shown: str, findings: list[Finding]) -> Iterator[Document]:
    text, problem = read_text(path, shown)
    if problem:
        findings.append(_finding(problem.message, problem.location, problem.fix))
        return
    stream = read(text, shown)
    findings += [
        _finding(fault.message, fault.location, fault.fix)
        for fault in stream.problems
        if fault.rule != "yaml/ambiguous-scalar"
    ]
    yield from stream.documents


def _policy_faults(document: Document, stem: str) -> Iterator[Finding]:
    """Yield what is wrong with a policy's file, at its line."""
    faults = list(_VALIDATOR.faults(document.data, document.written))
    for fault in faults:
        yield _finding(fault.message, document.locate(fault.path), fault.fix)
    if faults:
        return
    name, spec = document.data["metadata"]["name"], document.data["spec"]
    if name != stem:
        place = document.locate(("metadata", "name"))
        yield _finding(f"the policy is called `{name}` in a file called `{stem}`", place, f"write `name: {stem}`")
    given = [key for key in ("validations", "schema", "rule") if spec.get(key)]
    if len(given) != 1:
        said = " and ".join(f"`{key}`" for key in given) or "none of them"
        message = f"a policy has exactly one of `validations`, `schema` and `rule`, and this has {said}"
        yield _finding(message, document.locate(("spec",)))
    for kind in ("fail", "pass"):
        if not any(kind in example for example in spec["examples"]):
            yield _finding(
                f"the policy has no example that must {kind}", document.locate(("spec", "examples")), f"add `- {kind}:`"
            )
    for key, field_schema in (spec.get("params") or {}).items():
        if "default" not in field_schema:
            yield _finding(
                f"the parameter `{key}` has no default", document.locate(("spec", "params", key)), "add `default`"
            )


def _unknown_kind(document: Document, kind: str) -> Finding:
    message = f"unknown kind `{kind}` among the policies" if kind else "the key `kind` is missing"
    fix = did_you_mean(kind, ("Policy", *_OTHER_KINDS))
    return _finding(message, document.locate(("kind",)), fix)


def _finding(message: str, location: Location, fix: str = "") -> Finding:
    return Finding(policy="policy/invalid", severity=Severity.ERROR, message=message, location=location, fix=fix)


@cache
def structural_pages(family: str) -> Mapping[str, Policy]:
    """Return the pages of the structural rules of a family (``argo-cd``), by their id."""
    pages: dict[str, Policy] = {}
    for file in _rule_files():
        stem = file.name.removesuffix(".yaml")
        if stem == family or stem.startswith(f"{family}-") or _mixed(stem, family):
            for document in read(file.read_text("utf-8"), f"rules/{file.name}").documents:
                page = read_policy(document)
                if page.id.partition("/")[0] == family:
                    pages[page.id] = page
    return pages


def _mixed(stem: str, family: str) -> bool:
    """Tell whether a file of another name has pages of a family: the faults of policies lie with their code."""
    return family == "policy" and stem == "admission"


@cache
def _rule_files() -> tuple[Traversable, ...]:
    package = files("gitopsgen")
    folders = [package / name / "rules" for name in _RULE_FOLDERS]
    found = [file for folder in folders if folder.is_dir() for file in folder.iterdir() if file.name.endswith(".yaml")]
    return tuple(sorted(found, key=lambda file: file.name))


def _families() -> list[str]:
    names: set[str] = set()
    for file in _rule_files():
        for document in read(file.read_text("utf-8"), file.name).documents:
            names.add(str(document.data["metadata"]["name"]).partition("/")[0])
    return sorted(names)


def parameters(policy: Policy, settings: Settings) -> Mapping[str, Any]:
    """Return a policy's parameters: the defaults, and what the repository sets."""
    defaults = {name: schema["default"] for name, schema in policy.params.items()}
    setting = settings.rules.get(policy.id)
    return {**defaults, **(setting.params if setting else {})}
