"""The token's text: where it is read from, and what comes off when it was copied with its surroundings."""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cogauth.cli.output import Output
from cogauth.cli.world import World

_MOST = 1 << 20
"""Octets that are read: sixty times what any verifier looks at, and an end where the input has none."""

_HEADER = re.compile(r"(?:authorization:[ \t]*)?bearer[ \t]+(?=\S)", re.IGNORECASE)
_QUOTED = re.compile(r"(['\"])(.*)\1", re.DOTALL)


def token_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the argument TOKEN and the option `--file`."""
    command = click.argument("token", required=False)(command)
    option = click.option(
        "--file",
        "file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Read the token from this file.",
    )
    return option(command)


def token_text(token: str | None, file: Path | None, world: World, output: Output) -> str:
    """
    Read the token: from *file*, from the argument *token*, or from standard input (also when that is `-`).

    A terminal is asked, and does not show what is typed. `Authorization: Bearer` before the token and quotes around it
    are taken off with a note; a verifier is handed what is left, exactly.

    Returns:
        The token; empty where there is none.
    """
    if token is not None and file is not None:
        raise click.UsageError("TOKEN and --file are two places for one token; give one of them.")
    if file is not None:
        try:
            with file.open("rb") as stream:
                text = _decoded(stream.read(_MOST))
        except OSError as error:
            raise click.BadParameter(f"cannot be read: {error.strerror}", param_hint="--file") from None
    elif token is not None and token != "-":
        output.remark(
            "warning",
            "a token on the command line stays in the shell's history and shows in the list of processes; "
            "use standard input or --file",
        )
        text = token
    elif world.somebody_types():
        text = click.prompt("Token (not shown)", hide_input=True, default="", show_default=False, err=True)
    else:
        text = _decoded(sys.stdin.buffer.read(_MOST)) if sys.stdin is not None else ""
    return _bare(text.strip(), output)


def _bare(text: str, output: Output) -> str:
    header = _HEADER.match(text)
    if header is not None:
        output.remark("note", "took off the 'Bearer' before the token")
        text = text[header.end() :]
    quoted = _QUOTED.fullmatch(text)
    if quoted is not None:
        output.remark("note", "took off the quotes around the token")
        return _bare(quoted[2].strip(), output)
    return text


def _decoded(octets: bytes) -> str:
    """Read text as shells and editors write it; what is no text becomes what no token can hold."""
    utf16 = octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # `>` of Windows PowerShell
    return octets.decode("utf-16" if utf16 else "utf-8-sig", errors="replace")
