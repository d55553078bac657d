"""What ``gitopsgen policy new`` writes: a policy that works, to be changed."""

from typing import Final

SCAFFOLD: Final = """\
apiVersion: gitopsgen.io/v1
kind: Policy
metadata: {name: NAME}
spec:
  severity: warning  # error | warning | info, or by tier: {production: error, default: warning}
  category: team
  summary: Say in one sentence what is wrong.
  why: Say what comes of it, and for whom.
  source: https://example.com/where-your-team-decided-it
  match: {kinds: [Service]}
  validations:
  - at: metadata.labels
    expression: has(object.metadata.labels) && "team" in object.metadata.labels
    message: nobody is named who answers for it
    fix: add the label `team`
  examples:
  - fail: |
      kind: Service
      metadata:
        labels: {}  # <- here
  - pass: |
      kind: Service
      metadata:
        labels: {team: payments}
"""
