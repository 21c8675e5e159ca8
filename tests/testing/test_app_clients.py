"""App clients: ids and validities that a real pool would take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from cogauth import ConfigurationError
from cogauth.testing import AppClient
from cogauth.testing.app_clients import app_clients


@pytest.mark.parametrize("clients", [["c1", "c2"], ("c1", "c2"), {"c1", "c2"}, iter(["c1", "c2"])])
def test_ids_alone_get_the_default_settings(clients: Iterable[str]) -> None:
    """Any iterable of ids will do."""
    assert {"c1": AppClient(), "c2": AppClient()} == app_clients(clients)


def test_settings_are_kept_per_client() -> None:
    """A mapping says how long each client's tokens live."""
    clients = {"c1": AppClient(access_validity=300), "c2": AppClient()}
    assert clients == app_clients(clients)
    assert (300, 3600) == (clients["c1"].access_validity, clients["c2"].access_validity)


@pytest.mark.parametrize("clients", ["c1", "", [], {}, set[str](), [""], ["c1", ""]])
def test_a_pool_needs_named_clients(clients: Any) -> None:
    """No client, a nameless one, or a string whose letters would become clients: refused."""
    with pytest.raises(ConfigurationError, match="client"):
        app_clients(clients)


LIMITS = {"access_validity": (300, 86_400), "id_validity": (300, 86_400), "refresh_validity": (3_600, 315_360_000)}


@pytest.mark.parametrize("name", LIMITS)
def test_a_validity_within_its_limits_is_taken(name: str) -> None:
    """Five minutes to a day; an hour to ten years for refresh tokens."""
    for seconds in LIMITS[name]:
        assert seconds == getattr(AppClient(**{name: seconds}), name)


@pytest.mark.parametrize("name", LIMITS)
def test_a_validity_outside_of_its_limits_is_refused(name: str) -> None:
    """The message names it and its limits."""
    least, most = LIMITS[name]
    for seconds in (least - 1, most + 1, 0, -1):
        with pytest.raises(ConfigurationError, match=f"{name} must be {least} to {most} seconds"):
            AppClient(**{name: seconds})
