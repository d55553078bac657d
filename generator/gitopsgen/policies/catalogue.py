"""All rules by their id: policy files of the built-in library and the repository, and the pages of structural rules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.manifest import text_at
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.policies.pages import all_structural_pages, structural_pages
from gitopsgen.policies.policy import Policy, read_policy
from gitopsgen.policies.settings import Settings, read_settings
from gitopsgen.policies.wellformed import invalid, policy_faults, value_fault
from gitopsgen.source.files import read_text
from gitopsgen.source.reader import Document, read

__all__ = ["FOLDER", "Catalogue", "load_catalogue", "parameters", "structural_pages"]

FOLDER: Final = "policies"
_OTHER_KINDS: Final = ("Waivers", "PolicyConfig")


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

    def page(self, rule: str) -> Policy | None:
        """Return the page of a policy or a structural rule; ``None`` when there is none.

        A policy file whose ``rule`` names a structural rule takes the place of that rule's page.
        """
        page = self.policies.get(rule) or self._pages_of_rules.get(rule)
        return page or structural_pages(rule.partition("/")[0]).get(rule)

    def severity(self, rule: str, tier: str) -> Severity | None:
        """Return the severity of a rule in a tier; ``None`` where it is off. What has no page is an error.

        A policy outside of the set that the repository chose is off, unless the repository gives it a severity.
        """
        setting = self.settings.rules.get(rule)
        if setting and setting.severity:
            word = setting.severity.get(tier) or setting.severity.get("default")
            if word:
                return None if word == "off" else Severity(word)
        page = self.page(rule)
        if page and self.settings.policy_set not in page.sets:
            return None
        return page.severity_in(tier) if page else Severity.ERROR

    def waivable(self, rule: str) -> bool:
        """Tell whether a waiver applies to a rule."""
        page = self.page(rule)
        return page.waivable if page else True

    @cached_property
    def all(self) -> Mapping[str, Policy]:
        """Every rule there is, structural ones too, in order."""
        return dict(sorted({**all_structural_pages(), **self._pages_of_rules, **self._evaluated}.items()))

    def matching(self, patterns: tuple[str, ...]) -> list[Policy]:
        """Return the rules whose id fits one of the globs; all when there are none."""
        return [
            page
            for name, page in self.all.items()
            if not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)
        ]

    @cached_property
    def _pages_of_rules(self) -> Mapping[str, Policy]:
        return {policy.rule: policy for policy in self.policies.values() if policy.rule}

    @property
    def _evaluated(self) -> Mapping[str, Policy]:
        return {name: policy for name, policy in self.policies.items() if not policy.rule}


def load_catalogue(builtin: Path, own: Path | None = None, *more: Path) -> tuple[Catalogue, list[Finding]]:
    """Return the rules of the built-in folder, of a repository's own and of ``more`` folders, and their faults.

    A file of the same relative path takes the place of that in a folder before; a new file adds to it.
    """
    loading = _Loading()
    for path, shown in _policy_files(builtin, own, more).values():
        ours = not path.is_relative_to(builtin)
        for document in _documents(path, shown, loading.findings):
            loading.take(document, path.stem, ours=ours)
    catalogue = loading.catalogue()
    loading.findings += _setting_faults(catalogue)
    loading.findings += _rule_faults(catalogue)
    return catalogue, loading.findings


def parameters(policy: Policy, settings: Settings) -> Mapping[str, Any]:
    """Return a policy's parameters: the defaults, and what the repository sets, as far as it fits."""
    setting = settings.rules.get(policy.id)
    given = {
        name: value
        for name, value in (setting.params if setting else {}).items()
        if name in policy.params and not value_fault(policy.params[name], value, name)
    }
    return {**{name: schema["default"] for name, schema in policy.params.items()}, **given}


def _policy_files(builtin: Path, own: Path | None, more: tuple[Path, ...]) -> dict[str, tuple[Path, str]]:
    found: dict[str, tuple[Path, str]] = {}
    shown_as = {builtin: FOLDER, **({own: FOLDER} if own else {}), **{folder: folder.as_posix() for folder in more}}
    for folder, shown in shown_as.items():
        if folder.is_dir():
            for path in sorted(folder.rglob("*")):
                name = path.relative_to(folder).as_posix()
                if path.suffix in (".yaml", ".yml") and not any(part.startswith(".") for part in name.split("/")):
                    found[name] = (path, f"{shown}/{name}")
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
            self._take_settings(document)
        elif kind == "Policy":
            self._take_policy(document, stem, ours=ours)
        elif _is_admission(document):
            self.others.append(document)
        else:
            self.findings.append(_unknown_kind(document, kind))

    def _take_settings(self, document: Document) -> None:
        if self.settings.document:
            first = self.settings.document.locate(("kind",))
            message = f"the rules are set in two places: here and at {first}"
            self.findings.append(invalid(message, document.locate(("kind",)), "put all of it into one file"))
            return
        self.settings = read_settings(document, self.findings)

    def _take_policy(self, document: Document, stem: str, *, ours: bool) -> None:
        faults = list(policy_faults(document, stem))
        self.findings += faults
        if faults:
            return
        policy = read_policy(document)
        if earlier := self.policies.get(policy.id):
            place = document.locate(("metadata", "name"))
            fix = f"a file of the same path, {earlier.document.file}, takes its place; else choose another name"
            message = f"there is a policy `{policy.id}` already, in {earlier.document.file}"
            self.findings.append(invalid(message, place, fix))
            return
        self.policies[policy.id] = policy
        if ours:
            self.own.add(policy.id)

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
    version, kind = text_at(document.data, "apiVersion"), text_at(document.data, "kind")
    return bool(version and kind) and not version.startswith("gitopsgen.io/")


def _documents(path: Path, shown: str, findings: list[Finding]) -> Iterator[Document]:
    text, problem = read_text(path, shown)
    if problem:
        findings.append(invalid(problem.message, problem.location, problem.fix))
        return
    stream = read(text, shown)
    findings += [
        invalid(fault.message, fault.location, fault.fix)
        for fault in stream.problems
        if fault.rule != "yaml/ambiguous-scalar"
    ]
    yield from stream.documents


def _unknown_kind(document: Document, kind: str) -> Finding:
    message = f"unknown kind `{kind}` among the policies" if kind else "the key `kind` is missing"
    fix = did_you_mean(kind, ("Policy", *_OTHER_KINDS))
    return invalid(message, document.locate(("kind",)), fix)


def _setting_faults(catalogue: Catalogue) -> Iterator[Finding]:
    """Yield what the repository sets and there is no such rule or parameter, or the value does not fit."""
    document = catalogue.settings.document
    for rule, setting in catalogue.settings.rules.items() if document else ():
        assert document is not None  # noqa: S101 - for the type checker: rules are read from a document
        page = catalogue.page(rule)
        if page is None:
            place = document.locate(("spec", "rules", rule))
            yield invalid(f"there is no policy or rule `{rule}`", place, did_you_mean(rule, catalogue.all))
            continue
        for name, value in setting.params.items():
            place = document.locate(("spec", "rules", rule, "params", name))
            if name not in page.params:
                yield invalid(f"{rule} has no parameter `{name}`", place, did_you_mean(name, page.params))
            elif fault := value_fault(page.params[name], value, name):
                yield invalid(fault, place)


def _rule_faults(catalogue: Catalogue) -> Iterator[Finding]:
    """Yield the policies that stand for a structural rule that there is not."""
    for policy in catalogue.policies.values():
        if policy.rule and policy.rule not in structural_pages(policy.rule.partition("/")[0]):
            message = f"there is no structural rule `{policy.rule}`"
            place = policy.document.locate(("spec", "rule"))
            yield invalid(message, place, did_you_mean(policy.rule, all_structural_pages()))
