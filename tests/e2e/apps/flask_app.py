"""A Flask app with the extension; it answers with who it was told is calling."""

from __future__ import annotations

from flask import Flask

from cogauth import Authorizer, Verifier
from cogauth_wsgi.flask import CogAuth, current_principal
from tests.e2e.apps.guard import issuer, policy


def create() -> Flask:
    app = Flask(__name__)
    CogAuth(app, authorizer=Authorizer(Verifier(issuer()), policy()))

    @app.route("/<path:path>", methods=["GET", "PUT", "POST", "DELETE"])
    def whoami(path: str) -> dict[str, str | None]:
        return {"subject": current_principal.subject if current_principal else None}

    return app
