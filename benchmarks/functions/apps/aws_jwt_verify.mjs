// aws-jwt-verify as its documentation has it for an authorizer; the URL of the keys is replaced where they are fetched.
import { readFileSync } from "node:fs";
import { CognitoJwtVerifier } from "aws-jwt-verify";
import { SimpleFetcher } from "aws-jwt-verify/https";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";

const { CLIENT, JWKS_FILE, JWKS_URL, POOL_ID } = process.env;
const fetcher = new SimpleFetcher();
const verifier = CognitoJwtVerifier.create(
  { userPoolId: POOL_ID, tokenUse: "access", clientId: CLIENT },
  { jwksCache: new SimpleJwksCache({ fetcher: { fetch: () => fetcher.fetch(JWKS_URL) } }) },
);
if (JWKS_FILE) verifier.cacheJwks(JSON.parse(readFileSync(JWKS_FILE)));

export async function handler(event) {
  const [scheme, token] = event.authorizationToken.split(" ");
  if (scheme !== "Bearer") throw new Error("Unauthorized");
  let claims;
  try {
    claims = await verifier.verify(token);
  } catch {
    throw new Error("Unauthorized");
  }
  const statement = { Action: "execute-api:Invoke", Effect: "Allow", Resource: [event.methodArn] };
  return { principalId: claims.sub, policyDocument: { Version: "2012-10-17", Statement: [statement] } };
}
