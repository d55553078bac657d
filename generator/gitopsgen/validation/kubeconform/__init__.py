"""kubeconform, a schema checker for Kubernetes, run as a program of its own: 0.6.7 to 0.8.0.

Its exit status does not tell findings from a crash, its report has no lines and only the first level of causes, and a
schema that it cannot compile counts as missing. So what it says is taken for the verdict alone: objects go in as one
file each, every file must come back, and the places are worked out again with the schema that it used.
"""

from gitopsgen.validation.kubeconform.engine import KubeconformEngine

__all__ = ["KubeconformEngine"]
