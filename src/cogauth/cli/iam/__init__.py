"""`cogauth iam`: the policies of the roles that an identity pool gives."""

from cogauth.cli.iam.command import iam

__all__ = ["iam"]
