"""What all tests share: where the repository and the conformance data lie."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def conformance() -> Path:
    folder = REPOSITORY.parent / "shared" / "conformance"
    if not folder.is_dir():
        pytest.skip("the conformance data is not on this machine")
    return folder
