// A runtime for Node.js: the module of _HANDLER is loaded, asked, and its answers sent. AWS's own client has to be
// compiled; this one does the same over node:http, on one connection that is kept.
import { Agent, request } from "node:http";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT, _HANDLER } = process.env;
const [host, port] = AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new Agent({ keepAlive: true, maxSockets: 1, noDelay: true });

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "Content-Type": "application/json", "Content-Length": body.length };
    const sent = request({ agent, host, port, method, headers, path: `/2018-06-01/runtime/${path}` }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve([answer.headers, Buffer.concat(parts)]));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const { handler } = await import(pathToFileURL(join(LAMBDA_TASK_ROOT, _HANDLER)));
for (;;) {
  const [headers, body] = await call("GET", "invocation/next");
  const id = headers["lambda-runtime-aws-request-id"];
  try {
    const answer = Buffer.from(JSON.stringify(await handler(JSON.parse(body), {})));
    await call("POST", `invocation/${id}/response`, answer);
  } catch (error) {
    const answer = { errorMessage: error.message, errorType: error.name };
    await call("POST", `invocation/${id}/error`, Buffer.from(JSON.stringify(answer)));
  }
}
