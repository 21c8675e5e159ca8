"""What Starlette calls `request.auth`, so that its `@requires` works; nothing of Starlette is needed for it."""

from __future__ import annotations

from cogauth import Principal


class Credentials:
    """
    The scopes of the caller, as Starlette's `@requires` asks for them.

    Args:
        principal: who is calling; None where a public route was used without a token.
    """

    __slots__ = ("_principal",)

    def __init__(self, principal: Principal | None) -> None:
        self._principal = principal

    @property
    def scopes(self) -> frozenset[str]:
        """
        The scopes of the token, and "authenticated"; none without a principal.

        The policy's roles are not among them: a scope that is named like a role would be taken for that role, and who
        names scopes and who names roles may be two people.
        """
        return frozenset() if self._principal is None else self._principal.scopes | {"authenticated"}
