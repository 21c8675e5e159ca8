"""
Holds the documents for API Gateway against the core's own answers, on tables and requests made at random.

    python -m devtools.prove_iam --decisions 1000000 --seed 1
    python -m devtools.prove_iam --decisions 1000000 --jsonl decisions.jsonl    # for another judge of IAM policies

Each line of the file has a document, resources, and what the core said of each.
"""

from __future__ import annotations

import argparse
import json
import random
import string
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple, TextIO
from urllib.parse import quote

from cogauth import Authorizer, ConfigurationError, Group, Policy, Route, Verifier
from cogauth.iam.gateway import Gateway
from cogauth.testing import LocalUserPool
from devtools.iam_matcher import allows

BASE = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod"
GROUPS = ("staff", "buyers", "audit", "admins")
METHODS = ("GET", "GET", "GET", "POST", "PUT", "DELETE", "ANY")
SENT = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
NOUNS = ("orders", "items", "users", "invoices", "files", "reports", "admin", "me", "search", "v1", "teams", "export")
PLAIN = string.ascii_letters + string.digits + "-._~!$&'()+,;=:@"
ODD = ("", ".", "..", "a\\b", "a%2Fb", "%2e%2e", "..%2f..", "%00", "%255c")


def likely(rnd: random.Random, percent: int) -> bool:
    """Say yes in so many of a hundred cases."""
    return rnd.randrange(100) < percent


class Caller(NamedTuple):
    """Somebody's token."""

    groups: tuple[str, ...]
    token: str


def callers() -> tuple[Verifier, list[Caller]]:
    """Make one caller for each set of groups."""
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"app"})
    found: list[Caller] = []
    for number in range(2 ** len(GROUPS)):
        groups = tuple(group for place, group in enumerate(GROUPS) if number >> place & 1)
        pool.add_user(f"user{number}", groups=groups)
        found.append(Caller(groups, pool.sign_in(f"user{number}", client="app").access))
    return Verifier(pool.issuer(token_use="access")), found


def usual(rnd: random.Random) -> Iterator[str]:
    """Give the lines of an API as most are: collections, their members, what belongs to those, and a few of its own."""
    prefix = rnd.choice(["", "", "/v1", "/tenants/{tenant}"])
    for noun in rnd.sample(NOUNS, rnd.randint(1, 5)):
        at = f"{prefix}/{noun}"
        yield f"GET {at}"
        yield f"POST {at}"
        for method in rnd.sample(["GET", "PUT", "PATCH", "DELETE"], rnd.randint(1, 4)):
            yield f"{method} {at}/{{id}}"
        if likely(rnd, 50):
            yield f"GET {at}/{rnd.choice(NOUNS)}"
        if likely(rnd, 50):
            part = rnd.choice(NOUNS)
            yield f"GET {at}/{{id}}/{part}"
            yield f"{rnd.choice(['ANY', 'GET', 'PUT'])} {at}/{{id}}/{part}/{{part}}"
        if likely(rnd, 20):
            yield f"ANY {at}/{{id}}/files/{{rest*}}"
    yield "GET /healthz"
    if likely(rnd, 20):
        yield "ANY /admin/{rest*}"


def wild(rnd: random.Random) -> Iterator[str]:
    """Give lines that are as close to each other as can be."""
    for _ in range(rnd.randint(1, 9)):
        segments = [rnd.choice(["a", "b", "{}", "c"]) for _ in range(rnd.randint(0, 4))]
        if likely(rnd, 20):
            segments.append("{*}")
        named = (
            segment.replace("{}", f"{{p{place}}}").replace("{*}", "{rest*}") for place, segment in enumerate(segments)
        )
        yield f"{rnd.choice(METHODS)} /{'/'.join(named)}"


def a_policy(rnd: random.Random, kind: str) -> Policy:
    """Make a policy of random lines: usual ones mostly with one rule to read and one to write what they belong to."""
    rules: list[Any] = [Group(group) for group in GROUPS]
    rules += [rules[0] | rules[1], rules[2] & rules[3], "authenticated", "public"]
    routes: list[Route] = []
    shared: dict[tuple[str, bool], Any] = {}
    for line in dict.fromkeys(usual(rnd) if kind == "usual" else wild(rnd)):
        rule = rnd.choice(rules)
        if kind == "usual" and likely(rnd, 90):
            method, _, path = line.partition(" ")
            noun = next((word for word in path.split("/") if word in NOUNS and word != "v1"), "")
            rule = shared.setdefault((noun, method == "GET"), rule)
        deny = rnd.choice(rules[:4]) if rule != "public" and likely(rnd, 10) else None
        route = Route(line, rule, deny=deny, mode="shadow" if likely(rnd, 5) else "enforce")
        try:
            Policy(routes=[*routes, route])
        except ConfigurationError:
            continue  # as another one, or hidden
        routes.append(route)
    return Policy(routes=routes)


def a_word(rnd: random.Random, names: list[str]) -> str:
    """Give a segment: a name of the table, something near one, or anything."""
    if likely(rnd, 60):
        return rnd.choice(names) + (rnd.choice(PLAIN) if likely(rnd, 15) else "")
    if likely(rnd, 5):
        return "".join(rnd.choices(PLAIN, k=300)).replace(".", "x")
    word = "".join(rnd.choices(PLAIN, k=rnd.randint(1, 4)))
    return "dot" if word in (".", "..") else word


def some_segments(rnd: random.Random, template: str, names: list[str]) -> list[str]:
    """Give the segments of a path that *template* takes."""
    segments: list[str] = []
    for segment in template.split("/")[1:]:
        if segment.endswith("*}"):
            segments += [a_word(rnd, names) for _ in range(rnd.randint(1, 3))]
        elif segment:
            segments.append(a_word(rnd, names) if segment.startswith("{") else segment)
    return segments


def escaped(rnd: random.Random, path: str) -> str:
    """Percent-encode what must be in *path*, and some of what need not."""
    return "".join(
        f"%{ord(char):02{rnd.choice('xX')}}" if char != "/" and likely(rnd, 10) else quote(char, safe=PLAIN + "/")
        for char in path
    )


def a_request(rnd: random.Random, policy: Policy) -> tuple[str, str, str]:
    """Give a method, a path and the spelling that the gateway compares, near some route of *policy*."""
    line = rnd.choice([line for route in policy.routes for line in route.match] or ["GET /"])
    names = [*NOUNS[:3], "a", "b", "c", *(word for word in line.split("/")[1:] if word and "{" not in word)]
    method, _, template = line.partition(" ")
    segments = some_segments(rnd, template, names)
    for _ in range(rnd.choice([0, 0, 1, 1, 2])):
        place = rnd.randint(0, len(segments))
        match rnd.randint(0, 3):
            case 0:
                segments.insert(place, a_word(rnd, names))
            case 1 if segments:
                segments.pop(place % len(segments))
            case 2 if segments:
                segments[place % len(segments)] = a_word(rnd, names)
            case _:
                method = rnd.choice(SENT)
    if method == "ANY" or (method == "GET" and likely(rnd, 20)):
        method = rnd.choice(SENT) if method == "ANY" else "HEAD"
    if likely(rnd, 6):
        segments.insert(rnd.randint(0, len(segments)), rnd.choice(ODD))
    path = "/" + "/".join(segments)
    if likely(rnd, 20):
        path += "/"
    return method, path, escaped(rnd, path) if likely(rnd, 12) else path


def prove(decisions: int, seed: int, sink: TextIO | None = None) -> Counter[str]:
    """Make *decisions* decisions twice, and count them; each that differs is printed."""
    rnd = random.Random(seed)  # noqa: S311  nothing here is secret
    verifier, people = callers()
    count: Counter[str] = Counter()
    while count["decisions"] < decisions:
        kind, delivers, narrow = rnd.choice(["usual", "wild"]), rnd.choice([None, (), ()]), likely(rnd, 50)
        policy = a_policy(rnd, kind)
        mode = f"{kind}, {'anything' if delivers is None else 'own routes'}{', narrow' if narrow else ''}"
        gateway = Gateway(Authorizer(verifier, policy), delivers=delivers, narrow=narrow)
        inexact = False
        for who in rnd.sample(people, 3):
            headers = [("Authorization", f"Bearer {who.token}")]
            document = gateway.authorize("GET", "/", headers).document(BASE)
            count[f"documents, {mode}"] += 1
            if document is None:
                inexact = True
                count[f"documents inexact, {mode}"] += 1
                continue
            told: list[tuple[str, bool]] = []
            for _ in range(60):
                method, path, spelled = a_request(rnd, policy)
                if delivers is not None and policy.find(method, path) is None:
                    continue  # the gateway has no such route
                raw = spelled if spelled != path else None
                decided = gateway.authorize(method, path, headers, raw_path=raw).decision.allowed
                resource = f"{BASE}/{method}{spelled}"
                said = allows(_short(document), _cut(resource))
                count["decisions"] += 1
                count["allowed"] += said
                if raw is None:
                    told.append((resource, said))
                    wrong = said != decided
                    if narrow and decided and not said and _by_name(policy, path):
                        count["refused by name though allowed, of narrow documents"] += 1
                        wrong = False
                else:
                    count["percent-encoded"] += 1
                    count["percent-encoded, refused though allowed"] += decided and not said
                    wrong = said and not decided
                if wrong:
                    count["wrong"] += 1
                    print(
                        f"{method} {spelled}: the core says {decided}, the document {said}:", policy.routes, who.groups
                    )
            if sink is not None:
                sink.write(json.dumps({"document": document, "told": told}) + "\n")
        count[f"tables, {mode}"] += 1
        count[f"tables inexact, {mode}"] += inexact
    return count


def _by_name(policy: Policy, path: str) -> bool:
    """Tell whether some segment of *path* is a name in a template of *policy*."""
    names = {word for route in policy.routes for line in route.match for word in line.split("/")[1:] if word}
    return not names.isdisjoint(path.split("/"))


def _short(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out what all resources begin with, which takes long to compare."""
    return {
        "Statement": [
            {**statement, "Resource": [_cut(each) for each in statement["Resource"]]}
            for statement in document["Statement"]
        ]
    }


def _cut(resource: str) -> str:
    if not resource.startswith(f"{BASE}/"):
        raise AssertionError(resource)
    return resource[len(BASE) :]


def main() -> int:
    """Prove, print the figures, and fail if any decision was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jsonl", type=Path, default=None)
    asked = parser.parse_args()
    started = time.monotonic()
    with asked.jsonl.open("w") if asked.jsonl else nullcontext() as sink:
        count = prove(asked.decisions, asked.seed, sink)
    for name, number in sorted(count.items()):
        print(f"{number:>10,}  {name}")
    print(f"{count['wrong']} wrong, in {time.monotonic() - started:.0f} s")
    return 1 if count["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
