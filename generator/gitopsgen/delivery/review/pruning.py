"""Whether Argo CD deletes an object that is gone from the tree: read off the Applications of both states."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gitopsgen.delivery.review.trees import Tree
from gitopsgen.model.manifest import Body, dig, list_at
from gitopsgen.source.reader import read
from gitopsgen.tree.state import TREE

_FINALIZER: Final = "resources-finalizer.argocd.argoproj.io"


@dataclass(frozen=True, kw_only=True)
class Pruning:
    """The Applications of two trees; each is read once, when somebody asks."""

    before: Tree
    after: Tree
    _bodies: dict[tuple[str, bool], Body] = field(default_factory=dict)

    def prunes(self, file: str, release: str) -> bool:
        """Tell whether what ``file`` held is deleted; ``release`` is ``env/app``, or only an Environment.

        While its Application is there, that decides. When it is gone, what it deployed goes with it if it has the
        finalizer, and if the root Application prunes it.
        """
        environment, _, app = release.partition("/")
        root = f"{TREE}/{environment}/argocd/root.yaml"
        own = f"{TREE}/{environment}/argocd/apps/{app}.yaml"
        if not app or file == own:
            return self._automated(root)
        if own in self.after.files:
            return self._automated(own)
        finalizers = list_at(self._body(own, now=False), "metadata", "finalizers")
        return self._automated(root) and any(str(one).startswith(_FINALIZER) for one in finalizers)

    def _automated(self, file: str) -> bool:
        body = self._body(file, now=file in self.after.files)
        return dig(body, "spec", "syncPolicy", "automated", "prune") is True

    def _body(self, file: str, *, now: bool) -> Body:
        if (file, now) not in self._bodies:
            tree = self.after if now else self.before
            texts: Mapping[str, str] = tree.read([file]) if file in tree.files else {}
            documents = read(texts.get(file, ""), file).documents
            data = documents[0].data if documents else {}
            self._bodies[file, now] = data if isinstance(data, dict) else {}
        return self._bodies[file, now]
