"""What can hold objects against their schemas."""

from enum import StrEnum


class EngineName(StrEnum):
    """The embedded schemas in this process, or the program kubeconform."""

    EMBEDDED = "embedded"
    KUBECONFORM = "kubeconform"
