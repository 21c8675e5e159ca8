"""Exit codes, and the ends that a command comes to without an answer."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from enum import IntEnum
from typing import IO, Any, ClassVar

import click

from cogauth import ConfigurationError
from cogauth.cli.escapes import printable


class Exit(IntEnum):
    """What the exit code says."""

    YES = 0
    NO = 1
    """Refused, denied, or mistakes were found."""
    USAGE = 2
    """The command line or the configuration is wrong."""
    KEYS = 3
    """The issuer's keys are unavailable, so that there is neither a yes nor a no."""
    INTERRUPTED = 130
    """What shells say of Ctrl-C: 128 and the number of the signal."""


class Mistakes(click.ClickException):
    """Usage or configuration is wrong: every mistake gets a line on standard error."""

    exit_code: ClassVar[int] = Exit.USAGE

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems: tuple[str, ...] = tuple(problems)
        super().__init__("\n".join(self.problems))

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the mistakes."""
        for problem in self.problems:
            click.echo(f"error: {printable(problem)}", file=file, err=file is None)


@contextmanager
def told_as_mistakes() -> Generator[None]:
    """Turn a ConfigurationError of the block into `Mistakes`."""
    try:
        yield
    except ConfigurationError as error:
        raise Mistakes(error.problems) from None
