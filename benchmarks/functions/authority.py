"""Keys over TLS on loopback, from a server whom a certificate authority of one run's own vouches for."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import ssl
from collections.abc import Generator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

HOST = "localhost"
DAY = dt.timedelta(days=1)


class Served(NamedTuple):
    """Where the keys are, and whom to trust for it."""

    url: str
    authority: Path
    """The one of this run."""
    authorities: Path
    """That one and the usual ones: to read all of them is a large part of a first fetch."""


@contextlib.contextmanager
def served(document: Mapping[str, Any], folder: Path) -> Generator[Served]:
    """Serve *document* as long as the block lasts; certificates and keys go to *folder*."""
    authority, certificate = _made(folder)
    alone, usual = folder / "authority.pem", folder / "authorities.pem"
    alone.write_bytes(authority)
    usual.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    body = json.dumps(document).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is http.server's
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield Served(f"https://{HOST}:{server.server_address[1]}/jwks.json", alone, usual)
        finally:
            server.shutdown()
            thread.join()


def _made(folder: Path) -> tuple[bytes, Path]:
    """Make an authority, and a certificate for this host with its key, as a file."""
    now = dt.datetime.now(dt.UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)]) for text in ("cogauth benchmarks", HOST)]
    made: list[x509.Certificate] = []
    for number, (key, name) in enumerate(zip(keys, names, strict=True)):
        builder = x509.CertificateBuilder(names[0], name, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - DAY).not_valid_after(now + DAY)
        builder = builder.add_extension(x509.BasicConstraints(ca=number == 0, path_length=None), critical=True)
        if number:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        made.append(builder.sign(keys[0], SHA256()))
    private = keys[1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(private + made[1].public_bytes(Encoding.PEM))
    return made[0].public_bytes(Encoding.PEM), path
