// The floor of Node.js: a handler that does nothing.
export async function handler(event) {
  const statement = { Action: "execute-api:Invoke", Effect: "Allow", Resource: [event.methodArn] };
  return { principalId: "anybody", policyDocument: { Version: "2012-10-17", Statement: [statement] } };
}
