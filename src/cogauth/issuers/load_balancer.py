"""An Application Load Balancer, as the issuer of `x-amzn-oidc-data`."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from cogauth._frozen import Frozen
from cogauth.errors import ConfigurationError
from cogauth.issuers.sources import KeySource, checked_name, is_url, names

_ARN = re.compile(
    r"arn:(?P<partition>aws|aws-cn|aws-us-gov):elasticloadbalancing:(?P<region>[a-z]{2}(?:-[a-z]{2,9}){1,2}-[0-9]):"
    r"[0-9]{12}:loadbalancer/app/[A-Za-z0-9-]{1,32}/[0-9a-f]{1,32}",
    re.ASCII,
)
_KID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

# AWS: "Authenticate users using an Application Load Balancer", verifying the signature.
_KEY_URLS: Final = {
    "aws": "https://public-keys.auth.elb.{region}.amazonaws.com",
    "aws-cn": "https://public-keys.auth.elb.{region}.amazonaws.com.cn",
    "aws-us-gov": "https://s3-{region}.amazonaws.com/aws-elb-public-keys-prod-{region}",
}


class LoadBalancer(Frozen):
    """
    An Application Load Balancer whose `x-amzn-oidc-data` header is believed.

    The load balancer signs what the provider's user info endpoint said, without groups; whoever can set up a load
    balancer in the Region can have such a thing signed, so that the `signer` in its header is what matters. Never
    accepted as a bearer token: only `verify_oidc_data` takes it.

    Args:
        arn: of the load balancer that signs.
        client: the client, or clients, at the provider that the listener signs users in with.
        issuer: the provider's `iss`, such as `https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123`.
        name: what rules and logs call it; the ARN if not given.
        key_url: where its keys are, by key id, in place of the Region's; https, or http to loopback.

    Raises:
        ConfigurationError: any argument is not what it should be; all mistakes at once.
    """

    __slots__ = ("arn", "clients", "issuer", "key_url", "name", "region", "sources")

    arn: str
    region: str
    clients: frozenset[str]
    issuer: str
    name: str
    key_url: str
    sources: tuple[KeySource, ...]

    algorithms: Final = frozenset({"ES256"})

    def __init__(
        self,
        arn: str,
        *,
        client: str | Collection[str],
        issuer: str,
        name: str | None = None,
        key_url: str | None = None,
    ) -> None:
        problems: list[str] = []
        match = _ARN.fullmatch(arn) if isinstance(arn, str) else None
        if match is None:
            problems.append("arn: not the ARN of an Application Load Balancer")
        clients = names("client", [client] if isinstance(client, str) else client, problems)
        if not is_url(issuer):
            problems.append("issuer: must be an https URL")
        checked_name(name, problems)
        if key_url is not None and not is_url(key_url):
            problems.append("key_url: must be an https URL (http only to loopback) without user, query or fragment")
        if problems:
            raise ConfigurationError.of(f"LoadBalancer: {problem}" for problem in problems)
        region = match["region"] if match else ""
        base = key_url or _KEY_URLS[match["partition"] if match else "aws"].format(region=region)
        self._set(
            arn=arn,
            region=region,
            clients=clients,
            issuer=issuer,
            name=name or arn,
            key_url=base.rstrip("/"),
            sources=(),
        )

    def source(self, kid: str) -> KeySource | None:
        """Give where the key *kid* is, or None if that is no key id: it becomes part of a URL, and must be a UUID."""
        if not _KID.fullmatch(kid):
            return None
        return KeySource(self.issuer, f"{self.key_url}/{kid}", algorithms=("ES256",), pem_kid=kid)

    def __repr__(self) -> str:
        return f"LoadBalancer({self.arn!r})"
