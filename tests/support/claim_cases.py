"""Claims that are refused though the signature is good: once for the claims alone, once for tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cogauth import ANY_CLIENT
from cogauth.errors import BadClaim, Expired, NotYetValid, TokenError, WrongAudience, WrongClient, WrongUse
from cogauth.testing.issuer_options import IssuerOptions
from tests.support.tokens import ABSENT, CLIENT, NOW, access_claims, id_claims

API = "https://api.example.com"


@dataclass(frozen=True)
class Refusal:
    """What changes of a good token's claims, which pool it is shown to, and the refusal that must come."""

    error: type[TokenError]
    reason: str
    access: Mapping[str, object] | None = None
    id: Mapping[str, object] | None = None
    pool: IssuerOptions = field(default_factory=IssuerOptions)

    @property
    def claims(self) -> dict[str, object]:
        """The claims of the token: an ID token's where `id` is given, else an access token's."""
        return access_claims(self.access) if self.id is None else id_claims(self.id)


ANY: IssuerOptions = {"token_use": "any"}
ID: IssuerOptions = {"token_use": "id"}
BOUND: IssuerOptions = {"audience": API}
DELEGATED: IssuerOptions = {"delegation": True}
ANYBODYS: IssuerOptions = {"clients": ANY_CLIENT}

NOT_INTEGERS = {"null": None, "a string": str(NOW + 60), "true": True, "a real": NOW + 60.0, "an array": [NOW + 60]}
NOT_STRINGS = {"null": None, "a number": 1, "true": True, "an array": ["x"], "an object": {"x": 1}}
NOT_NAMES = {
    "null": None,
    "a string": "admin",
    "a bracketed string": "[admin]",
    "an object": {"admin": True},
    "arrays": [["admin"]],
    "a number": [1],
    "a null": ["admin", None],
}

NOT_OBJECTS: dict[str, object] = {
    "null": None,
    "a string": "x",
    "an object": {"userId": "7"},
    "strings": ["x"],
    "mixed": [{"userId": "7"}, 1],
}

REFUSALS: dict[str, Refusal] = {
    # Times.
    "no exp": Refusal(BadClaim, "claims.exp_missing", {"exp": ABSENT}),
    **{f"exp {name}": Refusal(BadClaim, "claims.exp_type", {"exp": value}) for name, value in NOT_INTEGERS.items()},
    **{
        f"exp {value}": Refusal(BadClaim, "claims.exp_range", {"exp": value})
        for value in (0, -1, 253_402_300_800, 10**18, 2**63)
    },
    "exp now": Refusal(Expired, "claims.expired", {"exp": NOW, "iat": NOW - 60}),
    "exp a second ago": Refusal(Expired, "claims.expired", {"exp": NOW - 1, "iat": NOW - 60}),
    "exp at the epoch": Refusal(Expired, "claims.expired", {"exp": 1, "iat": 1}),
    "no iat": Refusal(BadClaim, "claims.iat_missing", {"iat": ABSENT}),
    **{f"iat {name}": Refusal(BadClaim, "claims.iat_type", {"iat": value}) for name, value in NOT_INTEGERS.items()},
    **{f"iat {value}": Refusal(BadClaim, "claims.iat_type", {"iat": value}) for value in (0, -1)},
    "iat too far ahead": Refusal(NotYetValid, "claims.iat_future", {"iat": NOW + 301}),
    "a lifetime of a day and a second": Refusal(
        BadClaim, "claims.lifetime_implausible", {"iat": NOW, "exp": NOW + 86_401}
    ),
    "issued at the epoch": Refusal(BadClaim, "claims.lifetime_implausible", {"iat": 1}),
    "groups without end": Refusal(
        BadClaim, "claims.groups_limit", {"cognito:groups": [f"g{number}" for number in range(257)]}
    ),
    "a group whose name has no end": Refusal(BadClaim, "claims.groups_limit", {"cognito:groups": ["g" * 129]}),
    "scopes without end": Refusal(
        BadClaim, "claims.scope_limit", {"scope": " ".join(f"s{number}" for number in range(257))}
    ),
    "exp in the year 9999": Refusal(BadClaim, "claims.lifetime_implausible", {"exp": 253_402_300_799}),
    **{f"nbf {name}": Refusal(BadClaim, "claims.nbf_type", {"nbf": value}) for name, value in NOT_INTEGERS.items()},
    "nbf a second ahead": Refusal(NotYetValid, "claims.not_yet_valid", {"nbf": NOW + 1}),
    **{
        f"auth_time {name}": Refusal(BadClaim, "claims.auth_time", {"auth_time": value})
        for name, value in {**NOT_INTEGERS, "zero": 0, "negative": -1, "far ahead": NOW + 301}.items()
    },
    # Use.
    "no token_use": Refusal(BadClaim, "claims.token_use_missing", {"token_use": ABSENT}),
    **{
        f"token_use {name}": Refusal(BadClaim, "claims.token_use_unknown", {"token_use": value}, pool=ANY)
        for name, value in {**NOT_STRINGS, "empty": "", "refresh": "refresh", "in capitals": "ACCESS"}.items()
    },
    "an ID token for an access token": Refusal(WrongUse, "claims.token_use", id={}),
    "an access token for an ID token": Refusal(WrongUse, "claims.token_use", {}, pool=ID),
    "an access token that calls itself an ID token": Refusal(
        BadClaim, "claims.aud_missing", {"token_use": "id"}, pool=ID
    ),
    "an ID token that calls itself an access token": Refusal(
        BadClaim, "claims.client_missing", id={"token_use": "access"}
    ),
    # Client and audience of access tokens.
    "no client_id": Refusal(BadClaim, "claims.client_missing", {"client_id": ABSENT}),
    "no client_id, for any client": Refusal(BadClaim, "claims.client_missing", {"client_id": ABSENT}, pool=ANYBODYS),
    **{
        f"client_id {name}": Refusal(BadClaim, "claims.client_type", {"client_id": value}, pool=ANYBODYS)
        for name, value in {**NOT_STRINGS, "empty": ""}.items()
    },
    **{
        f"client_id {value!r}": Refusal(WrongClient, "claims.client_mismatch", {"client_id": value})
        for value in ("c2", CLIENT.lower(), f"{CLIENT} ", CLIENT[:-1], f"{CLIENT}x", f"{CLIENT},c2")
    },
    "azp in place of client_id": Refusal(BadClaim, "claims.client_missing", {"client_id": ABSENT, "azp": CLIENT}),
    "a resource where none is configured": Refusal(WrongAudience, "claims.aud_mismatch", {"aud": API}),
    "resources where none is configured": Refusal(WrongAudience, "claims.aud_mismatch", {"aud": [API]}),
    "the client and a resource": Refusal(WrongAudience, "claims.aud_mismatch", {"aud": [CLIENT, API]}),
    "another client as audience": Refusal(WrongAudience, "claims.aud_mismatch", {"aud": "c2"}),
    "no audience where one is required": Refusal(WrongAudience, "claims.aud_missing", {}, pool=BOUND),
    "another resource": Refusal(WrongAudience, "claims.aud_mismatch", {"aud": "https://other.example"}, pool=BOUND),
    "a resource below": Refusal(WrongAudience, "claims.aud_mismatch", {"aud": f"{API}/"}, pool=BOUND),
    "the client where a resource is required": Refusal(
        WrongAudience, "claims.aud_mismatch", {"aud": CLIENT}, pool=BOUND
    ),
    **{
        f"aud {name}": Refusal(BadClaim, "claims.aud_type", {"aud": value}, pool=BOUND)
        for name, value in {
            "null": None,
            "a number": 1,
            "an object": {API: True},
            "empty": "",
            "an empty array": [],
            "an array with an empty string": [API, ""],
            "an array with a number": [API, 1],
        }.items()
    },
    # Client of ID tokens.
    "no aud in an ID token": Refusal(BadClaim, "claims.aud_missing", id={"aud": ABSENT}, pool=ID),
    **{
        f"aud of an ID token {name}": Refusal(BadClaim, "claims.aud_type", id={"aud": value}, pool=ID)
        for name, value in {**NOT_STRINGS, "empty": "", "its client in an array": [CLIENT]}.items()
    },
    **{
        f"aud of an ID token {value!r}": Refusal(WrongClient, "claims.aud_mismatch", id={"aud": value}, pool=ID)
        for value in ("c2", f"{CLIENT} ", f"{CLIENT},c2", CLIENT[:-1], CLIENT.lower())
    },
    "client_id in place of aud": Refusal(
        BadClaim, "claims.aud_missing", id={"aud": ABSENT, "client_id": CLIENT}, pool=ID
    ),
    # Who it is.
    "no sub": Refusal(BadClaim, "claims.sub_type", {"sub": ABSENT}),
    **{f"sub {name}": Refusal(BadClaim, "claims.sub_type", {"sub": value}) for name, value in NOT_STRINGS.items()},
    **{
        f"sub {value[:5]!a}": Refusal(BadClaim, "claims.sub_invalid", {"sub": value})
        for value in ("", "u" * 256, "a\nb", "a\0b", "a\x7f", "a\x85")
    },
    **{
        f"username {name}": Refusal(BadClaim, "claims.username_type", {"username": value})
        for name, value in NOT_STRINGS.items()
    },
    **{
        f"username {value[:5]!a}": Refusal(BadClaim, "claims.username_invalid", {"username": value})
        for value in ("", "u" * 513, "a\nb", "a\x1b[2J")
    },
    **{
        f"cognito:username {name}": Refusal(BadClaim, "claims.username_type", id={"cognito:username": value}, pool=ID)
        for name, value in NOT_STRINGS.items()
    },
    "cognito:username empty": Refusal(BadClaim, "claims.username_invalid", id={"cognito:username": ""}, pool=ID),
    # What it may do, and how it came to be.
    **{
        f"scope {name}": Refusal(BadClaim, "claims.scope_type", {"scope": value}) for name, value in NOT_STRINGS.items()
    },
    **{
        f"groups {name}": Refusal(BadClaim, "claims.groups_type", {"cognito:groups": value})
        for name, value in NOT_NAMES.items()
    },
    **{f"amr {name}": Refusal(BadClaim, "claims.amr_type", {"amr": value}) for name, value in NOT_NAMES.items()},
    **{
        f"{claim} {name}": Refusal(BadClaim, f"claims.{claim}_type", {claim: value})
        for claim in ("jti", "origin_jti", "acr")
        for name, value in NOT_STRINGS.items()
    },
    **{
        f"identities {name}": Refusal(BadClaim, "claims.identities_type", {"identities": value})
        for name, value in NOT_OBJECTS.items()
    },
    "bound to a key": Refusal(BadClaim, "claims.cnf", {"cnf": {"jkt": "x"}}),
    "bound to nothing": Refusal(BadClaim, "claims.cnf", {"cnf": None}),
    "an ID token bound to a key": Refusal(BadClaim, "claims.cnf", id={"cnf": {"jkt": "x"}}, pool=ID),
    "delegated": Refusal(BadClaim, "claims.act", {"act": {"sub": "agent"}}),
    "delegated to nobody": Refusal(BadClaim, "claims.act", {"act": None}),
    "an ID token, delegated": Refusal(BadClaim, "claims.act", id={"act": {"sub": "agent"}}, pool=ID),
    **{
        f"act {name}": Refusal(BadClaim, "claims.act", {"act": value}, pool=DELEGATED)
        for name, value in {"null": None, "a string": "agent", "an array": [{"sub": "agent"}], "true": True}.items()
    },
}
