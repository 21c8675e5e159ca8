// The worker for aws-jwt-verify: one JSON object a line in, one a line out; benchmarks/elsewhere.py is the other end.
// The first line is the configuration. CPU time is the whole process's: V8 collects and compiles in threads of its own.
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { CognitoJwtVerifier } from "aws-jwt-verify";

let calls;

function prepare({ pool_id, client, jwks, token }) {
  const verifier = CognitoJwtVerifier.create({ userPoolId: pool_id, tokenUse: "access", clientId: client });
  verifier.cacheJwks(jwks);
  const key = createPublicKey({ key: jwks.keys[0], format: "jwk" });
  const end = token.lastIndexOf(".");
  const signed = Buffer.from(token.slice(0, end));
  const signature = Buffer.from(token.slice(end + 1), "base64url");
  calls = {
    floor: () => {
      if (!verify("sha256", signed, key, signature)) throw new Error("signature");
    },
    verify: (token) => verifier.verifySync(token),
  };
  const url = new URL("node_modules/aws-jwt-verify/package.json", import.meta.url);
  return { version: `${JSON.parse(readFileSync(url)).version}, Node ${process.versions.node}` };
}

function work({ subject, tokens }) {
  const call = calls[subject];
  const before = process.cpuUsage();
  try {
    for (const token of tokens) call(token);
  } catch {
    return { refused: true };
  }
  const { user, system } = process.cpuUsage(before);
  return { nanoseconds: (user + system) * 1000 };
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  console.log(JSON.stringify(calls ? work(request) : prepare(request)));
}
