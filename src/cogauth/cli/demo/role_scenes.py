"""The scenes at the identity pool: who brings which token, and which IAM role must come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cogauth import CogAuthError, Verifier
from cogauth.cli.demo.policy import ADMIN, EDITOR, GUEST, RISK, SIGNED_IN
from cogauth.errors import BadSignature
from cogauth.identity import Because, IdentityPoolRoles, RoleChoice


@dataclass(frozen=True, slots=True)
class RoleScene:
    """One token of the cast, the role that is asked for, if any, and what is expected: a role or none, and why."""

    token: str
    asked: str | None
    role_arn: str | None
    reason: str
    """As `Because` says it, or the code of the error where no role is chosen for such a token."""


@dataclass(frozen=True, slots=True)
class RolePlayed:
    """A scene and the choice that was made; an error where the token was not even accepted."""

    scene: RoleScene
    outcome: RoleChoice | CogAuthError

    @property
    def role_arn(self) -> str | None:
        """The role that was chosen; None where none was."""
        return self.outcome.role_arn if isinstance(self.outcome, RoleChoice) else None

    @property
    def reason(self) -> str:
        """Why: because of what the role was chosen or denied, or the error's code."""
        return self.outcome.because if isinstance(self.outcome, RoleChoice) else self.outcome.code

    @property
    def as_expected(self) -> bool:
        """Did it come as expected?"""
        return (self.role_arn, self.reason) == (self.scene.role_arn, self.scene.reason)


ROLE_SCENES = (
    RoleScene("ana's ID token", None, EDITOR, Because.PREFERRED_ROLE),
    RoleScene("ana's ID token", ADMIN, None, Because.CUSTOM_ROLE_REFUSED),
    RoleScene("eva's ID token", None, ADMIN, Because.PREFERRED_ROLE),
    RoleScene("eva's ID token", EDITOR, EDITOR, Because.CUSTOM_ROLE),
    RoleScene("bo's ID token", None, None, Because.AMBIGUOUS_DENIED),
    RoleScene("ana, kiosk", None, RISK, Because.RULE),
    RoleScene("bo, kiosk", None, SIGNED_IN, Because.AMBIGUOUS_DEFAULT),
    RoleScene("ana", None, None, Because.ACCESS_TOKEN),
    RoleScene("bo's, tampered", None, None, BadSignature.code),
    RoleScene("no token", None, GUEST, Because.GUEST_ROLE),
)


def play_role(
    scene: RoleScene, tokens: Mapping[str, str | None], verifier: Verifier, roles: IdentityPoolRoles
) -> RolePlayed:
    """Verify the scene's token, and have the role chosen."""
    token = tokens[scene.token]
    try:
        who = None if token is None else verifier.verify(token)
    except CogAuthError as error:
        return RolePlayed(scene, error)
    return RolePlayed(scene, roles.choose_role(who, scene.asked))
