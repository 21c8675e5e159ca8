"""
From a sign-in to an object in S3 with a user's own rights: sign in, verify, choose the role, exchange, read.

`make demo-aws` installs the emulator and runs this. Nothing leaves this machine, and no token or secret is printed.

Each says no for itself. cogauth verifies the token. The emulator verifies it again at the exchange, and at S3 the
signature, the session token, and whether the policies of the role allow the request, with their resources and
conditions. Two things that AWS does it leaves out, so that `OwnFolders.stand_in` does them: role mappings, and
variables in policies. The policies are those that `cogauth iam` writes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import boto3
from botocore import UNSIGNED
from botocore.exceptions import ClientError

from cogauth import TokenError, UserPool, Verifier
from cogauth.identity import CredentialsError, CredentialsProvider, IdentityPoolRoles, Logins, boto3_session

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # devtools is beside this folder, and not installed

from devtools.ministack import REGION, Ministack, MinistackMissingError
from devtools.own_folders import BUCKET, SERVICES, OwnFolders

# What each token proves, the role that it leads to, and what becomes of it at the identity pool.
LOGINS = {
    "ana": ("ana", "Writer: rule", "credentials"),
    "ben": ("ben", "Reader: ambiguous_default", "credentials"),
    "ana, access token": ("wrong_use", "", "access_token_sent"),
    "ana, token changed": ("bad_signature", "", "login_refused"),
    "ana of another pool": ("unknown_issuer", "", "login_refused"),
}

# Who asks for what in whose folder, and what S3 answers.
REQUESTS = {
    ("ana", "get_object", "ana"): "200",
    ("ana", "put_object", "ana"): "200",
    ("ana", "list_objects_v2", "ana"): "200",
    ("ana", "get_object", "ben"): "403 AccessDenied",
    ("ana", "put_object", "ben"): "403 AccessDenied",
    ("ana", "list_objects_v2", "ben"): "403 AccessDenied",
    ("ana", "delete_object", "ben"): "403 AccessDenied",
    ("ana", "list_objects_v2", "everybody"): "403 AccessDenied",
    ("ben", "get_object", "ben"): "200",
    ("ben", "put_object", "ben"): "403 AccessDenied",
    ("ben", "get_object", "ana"): "403 AccessDenied",
    ("ana, other secret", "get_object", "ana"): "403 SignatureDoesNotMatch",
    ("ana, no session", "get_object", "ana"): "403 InvalidAccessKeyId",
    ("nobody", "get_object", "ana"): "403 AccessDenied",
}


def main(logins: Mapping = LOGINS, requests: Mapping = REQUESTS) -> int:
    """Run it: 0 when everything comes as expected, 1 when something does not, 2 without the emulator."""
    # Neither the emulator nor boto3 shall find what this machine has for AWS itself.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)
    try:
        emulator = Ministack(*SERVICES, checks_signatures=True)
    except MinistackMissingError as missing:
        print(missing, file=sys.stderr)
        return 2
    with emulator:
        account = OwnFolders(emulator)
        sessions, folders, outcomes = exchange(account, logins)
        answers = ask(account, sessions, folders, requests)

    print(f"{'token':<22}{'proves':<16}{'role':<28}at the identity pool")
    for who, (proves, role, outcome) in outcomes.items():
        print(f"{who:<22}{proves:<16}{role:<28}{outcome}{surprise(logins[who], outcomes[who])}")
    print(f"\n{'who':<22}{'request':<18}{'folder of':<12}S3 answers")
    for request, answer in answers.items():
        who, operation, whose = request
        print(f"{who:<22}{operation:<18}{whose:<12}{answer}{surprise(requests[request], answer)}")
    expected, found = {**logins, **requests}, {**outcomes, **answers}
    surprises = sum(found[name] != expected[name] for name in expected)
    print(f"\n{len(expected) - surprises} outcomes as expected, {surprises} not")
    print("Here the role mapping and the policies' variable were evaluated for the emulator, which does not.")
    return 1 if surprises else 0


def surprise(expected: object, found: object) -> str:
    return "" if found == expected else f"  <- {expected} was expected"


def exchange(account: OwnFolders, logins: Mapping) -> tuple[dict, dict, dict]:
    """Take every token to the identity pool; give the sessions, whose folder is whose, and what came of each."""
    tokens = account.tokens()
    keys = account.emulator.jwks_uri(account.user_pool)
    verifier = Verifier(UserPool(account.user_pool, clients={account.web}, token_use="id", jwks_uri=keys))
    roles = IdentityPoolRoles.from_dict(account.role_settings())
    provider = CredentialsProvider(account.identity_pool, endpoint=account.emulator.url)

    sessions, folders, outcomes = {}, {"everybody": ""}, {}
    for who in logins:
        login, role = tokens[who], ""
        try:
            principal = verifier.verify(login)
        except TokenError as error:
            proves = error.code  # and the identity pool is shown the token all the same, to see it refused there too
        else:
            proves, login = principal.username, Logins.id_token(login, principal)
            choice = roles.choose_role(principal)
            role = f"{choice.role_arn.rpartition('/')[2]}: {choice.because}"
            account.stand_in(choice.role_arn, provider.identity_id(login))
        try:
            identity_id = provider.credentials(login).identity_id
        except CredentialsError as error:
            outcomes[who] = (proves, role, error.code)
            continue
        outcomes[who] = (proves, role, "credentials")
        sessions[who] = boto3_session(provider, login, region=REGION)
        folders[who] = f"{identity_id}/"
        account.fill(identity_id)
    return sessions, folders, outcomes


def ask(account: OwnFolders, sessions: Mapping, folders: Mapping, requests: Mapping) -> dict:
    """Send every request, and tell S3's answers: the status, and the code of an error."""
    ana = sessions["ana"].get_credentials().get_frozen_credentials()
    thieves = {
        "ana, other secret": boto3.Session(ana.access_key, "x" * 40, ana.token, region_name=REGION),
        "ana, no session": boto3.Session(ana.access_key, ana.secret_key, region_name=REGION),
    }
    clients = {who: account.client(session, "s3") for who, session in {**sessions, **thieves}.items()}
    clients["nobody"] = account.client(boto3.Session(region_name=REGION), "s3", signature_version=UNSIGNED)

    answers = {}
    for who, operation, whose in requests:
        where = {
            "get_object": {"Key": f"{folders[whose]}note.txt"},
            "put_object": {"Key": f"{folders[whose]}another.txt", "Body": b"another note"},
            "delete_object": {"Key": f"{folders[whose]}note.txt"},
            "list_objects_v2": {"Prefix": folders[whose]},
        }
        try:
            said = getattr(clients[who], operation)(Bucket=BUCKET, **where[operation])["ResponseMetadata"]
            answers[who, operation, whose] = str(said["HTTPStatusCode"])
        except ClientError as refused:
            status, code = refused.response["ResponseMetadata"]["HTTPStatusCode"], refused.response["Error"]["Code"]
            answers[who, operation, whose] = f"{status} {code}"
    return answers


if __name__ == "__main__":
    sys.exit(main())
