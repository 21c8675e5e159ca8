"""The configuration file, such as cogauth.toml: whom to trust, and who may do what."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from cogauth._shapes import Table, as_list, as_table
from cogauth.errors import ConfigurationError
from cogauth.file.draft import Draft
from cogauth.file.environment import Override, overridden
from cogauth.file.mistakes import Mistakes, Place
from cogauth.file.model import ISSUERS, names_of
from cogauth.file.reader import read_file
from cogauth.file.sections import check_keys
from cogauth.findings import Finding
from cogauth.fitness import Trusted
from cogauth.issuers import ANY_CLIENT, AnyIssuer, IdentityPool, LoadBalancer, OIDCIssuer, UserPool
from cogauth.policy import Policy
from cogauth.trust import disagreements

if TYPE_CHECKING:
    from cogauth.identity.roles import IdentityPoolRoles

Trustee: TypeAlias = AnyIssuer | LoadBalancer

_MAKERS: Final[Mapping[str, Callable[..., Trustee]]] = {
    "user_pool": UserPool,
    "oidc": OIDCIssuer,
    "identity_pool": IdentityPool,
    "load_balancer": LoadBalancer,
}


class Configuration(NamedTuple):
    """What a configuration file says."""

    issuers: tuple[Trustee, ...]
    policy: Policy
    overrides: tuple[Override, ...] = ()
    """What the environment said in place of the file."""
    identity_pools: tuple[IdentityPoolRoles, ...] = ()
    """Which IAM roles identity pools give to whom."""

    def warnings(self) -> list[Finding]:
        """Give what is no mistake and still worth a look: unused roles, rules that nobody can meet, and more."""
        found = self.policy.warnings(self.issuers)
        if self.identity_pools:
            from cogauth.identity.review import role_findings  # few files speak of identity pools

            found.extend(role_findings(self.identity_pools, self.issuers))
        return found


def load(path: str | os.PathLike[str], environ: Mapping[str, str] | None = None) -> tuple[tuple[Trustee, ...], Policy]:
    """
    Read the issuers and the policy of the file *path*, as `read` does.

    Raises:
        ConfigurationError: the file cannot be read, or all of its mistakes at once, each with the path of its key.
    """
    configuration = read(path, environ)
    return configuration.issuers, configuration.policy


def read(path: str | os.PathLike[str], environ: Mapping[str, str] | None = None) -> Configuration:
    """
    Read the configuration file *path*.

    Args:
        path: a file of TOML, JSON or YAML, as its name says.
        environ: variables by name, of which `COGAUTH_ISSUER_...` override the file; those of the process if not given.

    Raises:
        ConfigurationError: the file cannot be read, or all of its mistakes at once, each with the path of its key and
            the line where it is known.
    """
    document, mistakes = read_file(path), Mistakes()
    root = Place(document=document)
    known = {kind: names_of(keys) for kind, keys in ISSUERS.items()}
    spelled = document.table.get("issuer", [])
    tables, overrides = overridden(spelled, known, os.environ if environ is None else environ, mistakes)
    place = root.at("issuer")
    if as_list(spelled) is None:
        mistakes.tell(place, "must be a list of tables, as in [[issuer]]")
    elif not tables:
        mistakes.tell(place, "none is given; add [[issuer]] with user_pool and clients")
    issuers: list[Trustee] = []
    for number, table in enumerate(tables):
        issuer = _issuer(table, Path(path).parent, place.at(number), overrides, mistakes)
        if issuer is not None:
            issuers.append(issuer)
    complete = bool(issuers) and len(issuers) == len(tables)
    if complete:
        for problem in disagreements(issuers):
            mistakes.tell(place, problem)
    draft = Draft.of_table(document.table, root, mistakes)
    # Whether rules fit the issuers can be told when all of these are known.
    policy = Policy.of_draft(draft, mistakes, Trusted.of(issuers) if complete else None)
    pools: list[IdentityPoolRoles] = []
    if "identity_pool_roles" in document.table:
        from cogauth.identity.section import read_sections  # few files speak of identity pools

        pools = read_sections(document.table, root, mistakes)
    mistakes.check()
    return Configuration(tuple(issuers), policy, tuple(overrides), tuple(pools))


def _issuer(
    spelled: object, folder: Path, place: Place, overrides: list[Override], mistakes: Mistakes
) -> Trustee | None:
    table = as_table(spelled)
    if table is None:
        mistakes.tell(place, "must be a table")
        return None
    kinds = [key for key in ISSUERS if key in table]
    if len(kinds) != 1:
        mistakes.tell(place, f"must have exactly one of {', '.join(ISSUERS)}")
        return None
    kind, before = kinds[0], len(mistakes)
    check_keys(table, ISSUERS[kind], "such an issuer has", place, mistakes)
    for key in table:
        # To Python None is "not given"; in a file whoever writes null means something, and it is not that.
        if table[key] is None:
            mistakes.tell(place, f"{key}: must not be null; leave it out", key)
    if len(mistakes) > before:
        return None
    try:
        return _MAKERS[kind](table[kind], **_options(table, kind, folder))
    except ConfigurationError as error:
        said = [each.variable for each in overrides if each.issuer == table.get("name")]
        for problem in error.problems:
            # "UserPool: clients: must ..." is about the key clients.
            key = problem.partition(": ")[2].partition(":")[0]
            hint = f" (the environment says {', '.join(said)})" if said else ""
            mistakes.tell(place, problem + hint, key if key in table else kind)
        return None


def _options(table: Table, kind: str, folder: Path) -> dict[str, Any]:
    options: dict[str, Any] = {key: value for key, value in table.items() if key != kind}
    if options.get("clients") == ANY_CLIENT.value:
        options["clients"] = ANY_CLIENT
    for key in ("jwks", "jwks_seed"):
        # A file beside the configuration is meant relative to it, wherever the process was started.
        if isinstance(options.get(key), str) and not options[key].lstrip().startswith("{"):
            options[key] = folder / options[key]
    return options
