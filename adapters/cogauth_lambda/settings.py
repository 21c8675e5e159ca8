"""Settings of a deployed authorizer: the options of `lambda_authorizer`, by environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cogauth import ConfigurationError

_TEXTS: Final = {
    "http_api": "COGAUTH_HTTP_API",
    "http_401": "COGAUTH_HTTP_401",
    "websocket_query": "COGAUTH_WEBSOCKET_QUERY",
    "appsync_prefix": "COGAUTH_APPSYNC_PREFIX",
}
_LISTS: Final = {"identity_sources": "COGAUTH_IDENTITY_SOURCES", "delivers": "COGAUTH_DELIVERS"}
_FLAGS: Final = {"narrow": "COGAUTH_NARROW", "dated": "COGAUTH_DATED", "closed": "COGAUTH_CLOSED"}
_TTL: Final = "COGAUTH_CACHE_TTL"
_ANSWERS: Final = {"true": True, "false": False}


def config_path(environ: Mapping[str, str]) -> str:
    """Give the path of the configuration: COGAUTH_CONFIG, or `cogauth.toml` in the folder of the function."""
    return environ.get("COGAUTH_CONFIG") or "cogauth.toml"


def options_of(environ: Mapping[str, str]) -> dict[str, Any]:
    """
    Read the options that *environ* gives; a variable that is empty is not given.

    Lists are separated by commas, and `none` is the empty one; what is yes or no is `true` or `false`.

    Raises:
        ConfigurationError: a variable is not what it should be; all mistakes at once.
    """
    given = {name: value for name, value in environ.items() if value}
    problems: list[str] = []
    options: dict[str, Any] = {option: given[name] for option, name in _TEXTS.items() if name in given}
    for option, name in _LISTS.items():
        if name in given:
            words = [word.strip() for word in given[name].split(",")]
            options[option] = () if words == ["none"] else tuple(words)
    for option, name in _FLAGS.items():
        if name in given:
            answer = _ANSWERS.get(given[name])
            if answer is None:
                problems.append(f"{name}: must be true or false")
            options[option] = answer
    if _TTL in given:
        if given[_TTL].isascii() and given[_TTL].isdecimal():
            options["cache_ttl"] = int(given[_TTL])
        else:
            problems.append(f"{_TTL}: must be a number of seconds")
    if problems:
        raise ConfigurationError(*problems)
    return options
