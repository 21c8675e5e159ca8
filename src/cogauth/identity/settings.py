"""The settings of a provider: where an identity pool is asked."""

from __future__ import annotations

import re

from cogauth.errors import ConfigurationError
from cogauth.issuers.identity_pool import is_identity_pool_id
from cogauth.issuers.sources import is_url

_REGION = re.compile(r"[a-z]{2,5}(?:-[a-z]{2,9}){1,3}-[0-9]{1,2}")

# Of each partition that is not `aws` the beginning of its Regions' names, and its suffix (botocore's partitions).
_SUFFIXES = {"cn-": "amazonaws.com.cn", "eusc-": "amazonaws.eu"}


def endpoint_of(
    pool_id: object, region: str | None, endpoint: str | None, account_id: str | None, cache_size: object
) -> str:
    """
    Give the URL to ask about the pool *pool_id*.

    Raises:
        ConfigurationError: anything of it is not what it should be; all mistakes at once.
    """
    problems: list[str] = []
    if not isinstance(pool_id, str) or not is_identity_pool_id(pool_id):
        problems.append("identity pool: must be an IdentityPool or an id of the form <region>:<uuid>")
    if region is not None and _REGION.fullmatch(region) is None:
        problems.append("region: must be the name of a Region, such as eu-west-1")
    if endpoint is not None and not is_url(endpoint):
        problems.append("endpoint: must be an https URL (http only to loopback)")
    if account_id is not None and re.fullmatch(r"[0-9]{1,15}", account_id) is None:
        problems.append("account_id: must be 1 to 15 digits")
    if not isinstance(cache_size, int) or isinstance(cache_size, bool) or cache_size < 0:
        problems.append("cache_size: must be a whole number from 0 on")
    if problems:
        raise ConfigurationError.of(f"CredentialsProvider: {problem}" for problem in problems)
    where = region or str(pool_id).partition(":")[0]
    suffixes = [suffix for beginning, suffix in _SUFFIXES.items() if where.startswith(beginning)]
    return endpoint or f"https://cognito-identity.{where}.{suffixes[0] if suffixes else 'amazonaws.com'}/"
