"""Documents of the roles of an identity pool: what their tables have in common, and the API's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple, TypeVar, cast

from cogauth._shapes import Table, as_list, as_table
from cogauth.errors import ConfigurationError
from cogauth.file.hints import meant
from cogauth.file.mistakes import Mistakes, Place
from cogauth.identity.mapping import RoleMapping
from cogauth.identity.matching import Contains, MappingRule
from cogauth.identity.roles import IdentityPoolRoles
from cogauth.identity.tags import PrincipalTags

T = TypeVar("T")


class Words(NamedTuple):
    """What one kind of document calls the parts of a mapping."""

    type: str
    ambiguous_role_resolution: str
    rules: str
    claim: str
    match_type: str
    value: str
    role_arn: str

    @property
    def of_rule(self) -> tuple[str, ...]:
        """The keys of a rule, in the order in which `MappingRule` takes them."""
        return (self.claim, self.match_type, self.value, self.role_arn)


API: Final = Words("Type", "AmbiguousRoleResolution", "RulesConfiguration", "Claim", "MatchType", "Value", "RoleARN")
SNAKE: Final = Words("type", "ambiguous_role_resolution", "mapping_rule", "claim", "match_type", "value", "role_arn")

# What boto3 adds to every answer says nothing of the pool.
_TOP: Final = ("IdentityPoolId", "Roles", "RoleMappings", "ResponseMetadata")
# What `MappingRule` calls the parts of a rule.
_ARGUMENTS: Final = ("claim", "match_type", "value", "role_arn")
_ROLES: Final = ("authenticated", "unauthenticated")


def of_api(data: Mapping[str, Any], contains: Contains) -> IdentityPoolRoles:
    """
    Read what `GetIdentityPoolRoles` answers.

    Raises:
        ConfigurationError: all mistakes at once, each with its place.
    """
    mistakes, place = Mistakes(), Place()
    table = sure_table_of(data, place, mistakes)
    check_names(table, _TOP, place, mistakes)
    mappings = read_mappings(table.get("RoleMappings"), place.at("RoleMappings"), mistakes)
    return made(table.get("IdentityPoolId"), table.get("Roles"), mappings, contains, place, mistakes)


def read_mappings(spelled: object, place: Place, mistakes: Mistakes, named: str = "") -> dict[str, RoleMapping]:
    """Read mappings by provider, in the API's words; the member *named*, if there, says the provider instead."""
    mappings: dict[str, RoleMapping] = {}
    for name, each in (table_of({} if spelled is None else spelled, place, mistakes) or {}).items():
        where = place.at(name)
        table = table_of(each, where, mistakes)
        if table is None:
            continue
        check_names(table, (*API[:3], *filter(None, (named,))), where, mistakes)
        configuration = table_of(table.get(API.rules, {}), where.at(API.rules), mistakes)
        if configuration is None:
            continue
        check_names(configuration, ("Rules",), where.at(API.rules), mistakes)
        rules = configuration.get("Rules")
        mapping = read_mapping(table, API, rules, where, where.at(API.rules, "Rules"), mistakes)
        add(mappings, table.get(named, name) if named else name, mapping, where, mistakes)
    return mappings


def read_listed_mappings(spelled: object, place: Place, mistakes: Mistakes) -> dict[str, RoleMapping]:
    """Read a list of mappings that each say their `identity_provider`, as Terraform and the file have them."""
    mappings: dict[str, RoleMapping] = {}
    for number, each in enumerate(list_of(spelled, place, mistakes)):
        where = place.at(number)
        table = table_of(each, where, mistakes)
        if table is None:
            continue
        check_names(table, (*SNAKE[:3], "identity_provider"), where, mistakes)
        mapping = read_mapping(table, SNAKE, table.get(SNAKE.rules), where, where.at(SNAKE.rules), mistakes)
        add(mappings, table.get("identity_provider"), mapping, where, mistakes)
    return mappings


def read_mapping(
    table: Table, words: Words, rules: object, place: Place, rules_place: Place, mistakes: Mistakes
) -> RoleMapping | None:
    """Read one mapping; None if it is none."""
    before = len(mistakes)
    made_rules = [
        read_rule(each, words, rules_place.at(number), mistakes)
        for number, each in enumerate(list_of(rules, rules_place, mistakes))
    ]
    complete = [rule for rule in made_rules if rule is not None]
    if len(mistakes) > before:
        # What the rest is can be told only with all rules: as many as there are, to be counted.
        complete = [MappingRule("c", "Equals", "v", "arn:aws:iam::111122223333:role/R")] * len(made_rules)
    return attempt(
        lambda: RoleMapping(table.get(words.type, ""), table.get(words.ambiguous_role_resolution) or "", complete),
        dict(zip(("type", "ambiguous_role_resolution", "rules"), words[:3], strict=True)),
        place,
        mistakes,
    )


def read_rule(spelled: object, words: Words, place: Place, mistakes: Mistakes) -> MappingRule | None:
    """Read one rule; None if it is none."""
    table = table_of(spelled, place, mistakes)
    if table is None:
        return None
    check_names(table, words.of_rule, place, mistakes)
    arguments = [table.get(key, "") for key in words.of_rule]
    names: dict[str, str] = dict(zip(_ARGUMENTS, words.of_rule, strict=True))
    return attempt(lambda: MappingRule(*arguments), names, place, mistakes)


def made(
    pool: object,
    roles: object,
    mappings: dict[str, RoleMapping],
    contains: Contains,
    place: Place,
    mistakes: Mistakes,
    words: tuple[str, str, str] = ("IdentityPoolId", "Roles", "RoleMappings"),
    tags: Iterable[PrincipalTags] = (),
) -> IdentityPoolRoles:
    """
    Make the roles of a pool of their parts.

    Raises:
        ConfigurationError: all mistakes, also those that were told before.
    """
    table = table_of({} if roles is None else roles, place.at(words[1]), mistakes) or {}
    check_names(table, _ROLES, place.at(words[1]), mistakes)
    options: dict[str, Any] = {name: table.get(name) for name in _ROLES}
    found = attempt(
        lambda: IdentityPoolRoles(pool, mappings=mappings, tags=tags, contains=contains, **options),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # it is looked at there
        {
            "identity_pool_id": words[0],
            "mappings": words[2],
            **{name: f"{words[1]}.{name}" for name in _ROLES},
        },
        place,
        mistakes,
    )
    mistakes.check()
    # Nothing was told, so that there is one.
    return cast("IdentityPoolRoles", found)


def attempt(make: Callable[[], T], names: Mapping[str, str], place: Place, mistakes: Mistakes) -> T | None:
    """Make something; or tell what is wrong in the words of the document, *names* by argument, and give None."""
    try:
        return make()
    except ConfigurationError as error:
        for problem in error.problems:
            # "RoleMapping: type: must be ..." is about the argument type.
            argument, _, text = problem.partition(": ")[2].partition(": ")
            key = names.get(argument, argument)
            mistakes.tell(place, f"{key}: {text}", key)
        return None


def add(
    mappings: dict[str, RoleMapping], provider: object, mapping: RoleMapping | None, place: Place, mistakes: Mistakes
) -> None:
    """Add a mapping under its provider, which no other may have."""
    if not isinstance(provider, str) or not provider:
        mistakes.tell(place, "the identity provider must be a string that is not empty")
    elif provider in mappings:
        mistakes.tell(place, f"another mapping is of {provider} already")
    elif mapping is not None:
        mappings[provider] = mapping


def table_of(spelled: object, place: Place, mistakes: Mistakes) -> Table | None:
    """Give a table, None where there is another thing."""
    table = as_table(spelled)
    if table is None:
        mistakes.tell(place, "must be a table")
    return table


def sure_table_of(spelled: object, place: Place, mistakes: Mistakes) -> Table:
    """
    Give a table.

    Raises:
        ConfigurationError: it is none, or a mistake was told before, because of which nothing more can be said.
    """
    table = table_of(spelled, place, mistakes)
    mistakes.check()
    return table or {}


def list_of(spelled: object, place: Place, mistakes: Mistakes) -> list[Any]:
    """Give the items of a list, none where nothing is given."""
    items = as_list([] if spelled is None else spelled)
    if items is None:
        mistakes.tell(place, "must be a list")
    return items or []


def check_names(table: Table, known: Iterable[str], place: Place, mistakes: Mistakes) -> None:
    """Tell of each key that is unknown."""
    names = tuple(known)
    for key in table:
        if key not in names:
            mistakes.tell(place, f"unknown key {key!r}; there are {', '.join(names)}{meant(key, names)}", key)
