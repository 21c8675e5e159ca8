"""What does it cost to verify a token: never seen before, and seen before?"""

from __future__ import annotations

import time

import jwt
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from benchmarks.harness import Contender, prove, report, run, save
from cogauth import Verifier
from cogauth.testing import LocalUserPool

CLIENT = "1h57kf5cpq17m0eml12EXAMPLE"
ROUNDS = 21


def main() -> None:
    """Print the table and write it to results/verify.json."""
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={CLIENT, "anotherclient"})
    pool.add_user("ana", groups=["editors", "auditors", "eu-west-1_AbCdEf123_Google"])
    token = pool.sign_in("ana", client=CLIENT, scopes=["openid", "orders/read", "orders/write"]).access
    now = int(time.time())
    bad = {
        "bad signature": token[:-8] + ("AAAAAAAA" if not token.endswith("AAAAAAAA") else "BBBBBBBB"),
        "expired": pool.mint({"exp": now - 60, "iat": now - 120}, client=CLIENT),
        "other issuer": pool.mint({"iss": "https://example.com"}, client=CLIENT),
        "other client": pool.mint(client="anotherclient"),
        "ID token": pool.mint(token_use="id", client=CLIENT),
    }
    with pool.serve() as base_url:
        url = f"{base_url}/.well-known/jwks.json"
        contenders = [
            _floor(token, url),
            _pyjwt(pool.issuer_url, url),
            Contender("cogauth, miss", _verifier(pool, cache_size=0).verify),
            Contender("cogauth, hit", _verifier(pool, cache_size=4096).verify),
        ]
        floor, *others = contenders
        for contender in others:
            prove(contender, token, bad)
        run(contenders, [token], ROUNDS)
    title = f"Verifying an RS256-2048 access token of {len(token)} characters, keys in memory, CPU time per call"
    print(f"\nwritten to {save('verify', report(title, contenders, floor))}")


def _verifier(pool: LocalUserPool, cache_size: int) -> Verifier:
    return Verifier(pool.issuer(clients={CLIENT}), cache_size=cache_size)


def _floor(token: str, url: str) -> Contender:
    """The signature alone: what no verifier in front of this library can go below."""
    key = jwt.PyJWKClient(url).get_signing_key_from_jwt(token).key
    signing_input, _, segment = token.rpartition(".")
    data, signature = signing_input.encode(), jwt.utils.base64url_decode(segment)
    padding, digest = PKCS1v15(), SHA256()

    def verify(_: str) -> None:
        key.verify(signature, data, padding, digest)

    return Contender("floor: cryptography's RSA verify alone", verify)


def _pyjwt(issuer: str, url: str) -> Contender:
    """The usual way, with the checks that Cognito's tokens need written by hand."""
    client = jwt.PyJWKClient(url)

    def verify(token: str) -> object:
        key = client.get_signing_key_from_jwt(token)
        claims = jwt.decode(token, key, algorithms=["RS256"], issuer=issuer, options={"require": ["exp", "iss"]})
        if claims["token_use"] != "access" or claims["client_id"] != CLIENT:
            raise ValueError
        return claims

    return Contender(f"PyJWT {jwt.__version__} + PyJWKClient + checks by hand", verify)


if __name__ == "__main__":
    main()
