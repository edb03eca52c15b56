"""What tests of whole inputs share: inputs that once were read wrongly, where they lie beside the repository."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_cases(shared_data: Path) -> Path:
    """Folder of inputs of one kind of fault each."""
    folder = shared_data.parent / "cases"
    if not folder.is_dir():
        pytest.skip("the shared cases are not beside this checkout (../shared/cases)")
    return folder
