"""OpenAPI: the operations that a description lists, and how they and a policy's routes fit."""

from __future__ import annotations

from cogauth.cli.openapi.coverage import Coverage, coverage_of
from cogauth.cli.openapi.description import Description, read_description
from cogauth.cli.openapi.operations import Operation
from cogauth.cli.openapi.starter import starter_of

__all__ = ["Coverage", "Description", "Operation", "coverage_of", "read_description", "starter_of"]
