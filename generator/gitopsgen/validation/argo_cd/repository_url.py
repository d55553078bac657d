"""Repository addresses, brought to the one form in which Argo CD compares them."""

import re
from functools import lru_cache

_SSH = re.compile(r"(?:ssh://)?[^/:]*@[\w.\-]+:.*|ssh://.*", re.DOTALL)


@lru_cache(maxsize=4096)
def normalize(url: str) -> str:
    """Return ``url`` in lower case, without ``.git``, with an ssh address in one spelling.

    Source: argo-cd v3.2.6, util/git/git.go, NormalizeGitURL.
    """
    url = url.strip().lower()
    if _SSH.fullmatch(url) and not url.startswith("ssh://"):
        url = "ssh://" + url.replace(":", "/", 1)
    return url.removesuffix(".git").removeprefix("ssh://")
