"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

# Parts of Django look at the settings when they are imported; nothing is read before.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.support.django_settings")


@pytest.fixture(scope="session")
def shared() -> Path:
    """
    The folder of third-party vectors and recorded events, which belong to others and are not in this repository.

    It is looked for beside the repository unless COGAUTH_SHARED names it; what needs it is skipped without it.
    """
    folder = Path(os.environ.get("COGAUTH_SHARED") or REPOSITORY.parent / "shared").resolve()
    if not folder.is_dir():
        pytest.skip(f"no shared test data at {folder}; COGAUTH_SHARED may name another folder")
    return folder
