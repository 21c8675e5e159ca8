"""A case: what there is of a request before its token is looked at."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from cogauth.bearer import Challenges
from cogauth.judging.force import Force
from cogauth.judging.watch import Watch
from cogauth.plan import Guarded
from cogauth.principal import Principal


class Case(msgspec.Struct, gc=False):
    """A request that is worth a look at its token."""

    force: Force
    names: frozenset[str]
    """The issuers whose principals may be judged."""
    token: str | None
    guarded: Guarded | None
    shadow: Guarded | None
    api: str | None
    """The api that was asked for, if there is such a one."""
    watch: Watch | None
    asked: str | None = None
    """The api that was asked for, whatever it is."""

    @property
    def challenges(self) -> Challenges:
        """The refusals that lead to the metadata of the resource that was asked for."""
        return self.force.resources.challenges(self.asked)


Outcome: TypeAlias = "Principal | Exception | None"
