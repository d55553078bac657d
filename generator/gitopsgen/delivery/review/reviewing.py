"""Two trees to a review: changed files to objects, to what happens to each release, to groups of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from gitopsgen.delivery.review.fields import field_changes
from gitopsgen.delivery.review.grouping import group_lines
from gitopsgen.delivery.review.lines import change_lines, whole_release_lines
from gitopsgen.delivery.review.model import Became, Line, ObjectChange, ReleaseChange, Review
from gitopsgen.delivery.review.pairing import Pair, pair_objects
from gitopsgen.delivery.review.pruning import Pruning
from gitopsgen.delivery.review.risky_fields import field_concerns
from gitopsgen.delivery.review.risky_objects import object_concerns
from gitopsgen.delivery.review.strategy import PLAN_FILES, concerns_plan, plan_lines, same_plan
from gitopsgen.delivery.review.thresholds import ANALYSES, threshold_concerns
from gitopsgen.delivery.review.trees import Committed, Tree
from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.rollouts.plan import Plan
from gitopsgen.source.reader import read
from gitopsgen.tree.state import TREE, place_of

_YAML: Final = (".yaml", ".yml", ".json")
_VALUES: Final = "/values.yaml"


def review(before: Committed, after: Tree, selected: Callable[[str], bool], head: str = "") -> Review:
    """Return what became of ``before``, of the releases (``env/app``) and Environments that are ``selected``.

    Only files that differ are read, and what is needed to tell what the difference means.
    """
    return _Reviewer(before=before, after=after, selected=selected).review(head)


@dataclass(kw_only=True)
class _Reviewer:
    before: Committed
    after: Tree
    selected: Callable[[str], bool]
    unreadable: list[str] = field(default_factory=list)

    def review(self, head: str) -> Review:
        by_release: defaultdict[str, list[ObjectChange]] = defaultdict(list)
        for change in self._objects():
            by_release[_place(change.manifest)].append(change)
        releases = [one for name, objects in sorted(by_release.items()) if (one := self._release(name, objects))]
        ranked = sorted(releases, key=lambda one: (one.level.rank, one.release))
        return Review(
            base=self.before.commit,
            head=head,
            releases=tuple(ranked),
            groups=group_lines(ranked),
            total=sum("/" in name and self.selected(name) for name in self._places[1]),
            unreadable=tuple(sorted(set(self.unreadable))),
        )

    def _objects(self) -> Iterator[ObjectChange]:
        files = {
            file
            for file in self._differing
            if file.endswith(_YAML) and self.selected(place_of(file)) and self._is_deployed(file)
        }
        sides = [self._manifests(tree, files) for tree in (self.before, self.after)]
        readable = files - set(self.unreadable)
        for pair in pair_objects(*([one for one in side if one.file in readable] for side in sides)):
            if change := self._object(pair):
                yield change

    def _object(self, pair: Pair) -> ObjectChange | None:
        before, after = pair
        fields = field_changes(before.body, after.body) if before and after else ()
        became: Became = "changed"
        if before is None:
            became = "added"
        elif after is None:
            became = "removed"
        elif before.id != after.id:
            became = "renamed"
        elif not fields:
            return None
        pruned = bool(before and not after and self._pruning.prunes(before.file, _place(before)))
        concerns = [*object_concerns(before, after, fields, pruned=pruned)]
        for change in fields:
            kind = after.kind if after else ""
            concerns += field_concerns(kind, change)
            if kind in ANALYSES:
                concerns += threshold_concerns(change)
        return ObjectChange(became=became, before=before, after=after, fields=fields, concerns=tuple(concerns))

    def _release(self, name: str, objects: list[ObjectChange]) -> ReleaseChange | None:
        app = name.partition("/")[2]
        became = self._became(name, objects)
        plans = self._plans(name, objects, became)
        lines: list[Line] = []
        if became == "changed":
            lines = [*change_lines(app, objects, planned=plans is not None)]
        else:
            lines = [*whole_release_lines(app, became, objects)]
        if plans and plans[0] and plans[1]:
            lines += plan_lines(plans[0], plans[1])
        if not lines:
            return None
        ordered = sorted(dict.fromkeys(lines), key=lambda line: line.level.rank)
        return ReleaseChange(release=name, became=became, objects=tuple(objects), lines=tuple(ordered), plans=plans)

    def _became(self, name: str, objects: list[ObjectChange]) -> Became:
        was, is_now = (name in places for places in self._places)
        if was and is_now:
            return "changed"
        if is_now:
            return (
                "renamed"
                if any(one.became == "renamed" and one.manifest.kind == "Application" for one in objects)
                else "added"
            )
        return "removed"

    def _plans(self, name: str, objects: list[ObjectChange], became: Became) -> tuple[Plan | None, Plan | None] | None:
        """Return the plan before and after; ``None`` where they are the same, or there is no Rollout."""
        if not any(map(concerns_plan, objects)):
            return None
        from gitopsgen.policies.plans import plans_of  # noqa: PLC0415 - takes long to load; few changes need it

        old_name = name
        if became == "renamed":
            old_name = next(_place(one.before) for one in objects if one.became == "renamed" and one.before)
        plans: list[Plan | None] = []
        changed = {manifest.file for one in objects for manifest in (one.before, one.after) if manifest}
        for tree, places, place in zip((self.before, self.after), self._places, (old_name, name), strict=True):
            files = [
                file
                for file in places.get(place, ())
                if file in changed or file.rpartition("/")[2].startswith(PLAN_FILES)
            ]
            found = plans_of(ManifestSet(tuple(sorted(self._manifests(tree, files), key=lambda one: one.id))))
            plans.append(found[0] if found else None)
        old, new = plans
        if old and new and same_plan(old, new):
            return None
        return (old, new) if old or new else None

    def _manifests(self, tree: Tree, files: Iterable[str]) -> list[Manifest]:
        wanted = sorted(set(files) & tree.files)
        found: list[Manifest] = []
        for file, text in tree.read(wanted).items():
            stream = read(text, file)
            if any(problem.rule == "yaml/syntax" for problem in stream.problems):
                self.unreadable.append(file)
            place = place_of(file)
            environment, _, app = place.partition("/")
            for document in stream.documents:
                data = document.data
                if file.endswith(_VALUES):
                    data = {"kind": "HelmValues", "metadata": {"name": app}, "spec": data}
                if isinstance(data, dict):
                    release = place if app else ""
                    found.append(Manifest(body=data, file=file, release=release, environment=environment, app=app))
        return found

    def _is_deployed(self, file: str) -> bool:
        """Tell whether Argo CD takes a file: values are only taken by a chart that the Application names."""
        if not file.endswith(_VALUES) or file.count("/") != 3:  # noqa: PLR2004 - rendered/env/app/values.yaml
            return True
        return any(place_of(file) in charts for charts in self._charts)

    @cached_property
    def _charts(self) -> tuple[frozenset[str], frozenset[str]]:
        """The releases that a chart draws, before and after."""
        files = {file for file in self._differing if file.endswith(_VALUES)}
        applications = {_application(file): place_of(file) for file in files}
        found = []
        for tree in (self.before, self.after):
            texts: Mapping[str, str] = tree.read(sorted(set(applications) & tree.files))
            found.append(frozenset(applications[file] for file, text in texts.items() if _VALUES in text))
        return found[0], found[1]

    @cached_property
    def _differing(self) -> frozenset[str]:
        return self.after.differing(self.before)

    @cached_property
    def _places(self) -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:
        """The files of each release and Environment, before and after."""
        before, after = (_by_place(tree) for tree in (self.before, self.after))
        return before, after

    @cached_property
    def _pruning(self) -> Pruning:
        return Pruning(before=self.before, after=self.after)


def _by_place(tree: Tree) -> Mapping[str, list[str]]:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for file in sorted(tree.files):
        places[place_of(file)].append(file)
    return places


def _application(values: str) -> str:
    environment, _, app = place_of(values).partition("/")
    return f"{TREE}/{environment}/argocd/apps/{app}.yaml"


def _place(manifest: Manifest) -> str:
    return manifest.release or manifest.environment
