import { request } from "node:https";

/** Whom to ask, and what to show. */
export interface ApiAccess {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
}

const limitMs = 5000;

/**
 * One GET request on a connection of its own. The generated client does not serve here: it keeps connections alive, and
 * these requests are asked before, after and while the API server is up.
 * @throws when there is no answer within 5 s.
 */
export function apiGet(access: ApiAccess, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.timeout(limitMs);
    const headers = { authorization: `Bearer ${access.token}`, "user-agent": "sandbox" };
    const fail = (error: Error) => reject(limit.aborted ? new Error(`no answer within ${limitMs / 1000} s`) : error);
    const call = request(
      new URL(path, access.server),
      { ca: access.ca, headers, agent: false, signal: limit },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", fail);
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") });
        });
      },
    );
    call.on("error", fail);
    call.end();
  });
}
