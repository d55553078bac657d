"""What makes two findings the same one although lines have moved."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from gitopsgen.model.finding import Finding
from gitopsgen.source.location import format_path


def with_fingerprints(findings: Iterable[Finding]) -> list[Finding]:
    """Return ``findings`` with fingerprints: of the rule, the object and the path, never of a line.

    Findings that are alike in all of that are counted, in their order.
    """
    seen: Counter[tuple[object, ...]] = Counter()
    result: list[Finding] = []
    for finding in findings:
        identity = finding.object
        parts: tuple[object, ...] = (
            finding.policy,
            finding.release,
            (identity.group, identity.kind, identity.namespace, identity.name) if identity else finding.location.file,
            format_path(finding.path),
            "" if identity else finding.message,
        )
        seen[parts] += 1
        digest = hashlib.sha256(repr((*parts, seen[parts])).encode("utf-8", "surrogatepass")).hexdigest()
        result.append(replace(finding, fingerprint=digest[:32]))
    return result
