"""Groups of a pool: those of `cogauth.identity`, which says what their roles amount to."""

from __future__ import annotations

from cogauth.identity.groups import Roles, UserGroup, roles_of

__all__ = ["Roles", "UserGroup", "new_group", "roles_of"]

new_group = UserGroup
"""A group is made where it is checked."""
