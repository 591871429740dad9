import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Protection, startProtected } from "./protection";

/** An OCI registry on this machine, to which `helm push` writes and from which `helm` and the plugin pull. */
export interface ChartRegistry {
  /** `oci://HOST:PORT/charts`. */
  readonly url: string;
  /** `HOST:PORT`. */
  readonly host: string;
  /** How many manifests have been read. */
  readonly pulls: number;
  stop(): Promise<void>;
}

interface Stored {
  readonly bytes: Buffer;
  readonly type: string;
}

/** The part of the OCI distribution API that Helm uses: blobs in one piece, and manifests by tag and digest. All of it in memory. */
export async function startChartRegistry(protection: Protection): Promise<ChartRegistry> {
  // By path, such as /v2/charts/agent/manifests/1.0.4.
  const stored = new Map<string, Stored>();
  let pulls = 0;

  const write = async (request: IncomingMessage, response: ServerResponse, path: string, query: URLSearchParams) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    const isManifest = path.includes("/manifests/");
    const wanted = isManifest ? digest : query.get("digest");
    if (wanted !== digest) return response.writeHead(400).end();
    const type = request.headers["content-type"] ?? "application/octet-stream";
    const byDigest = path.replace(/(manifests|blobs)\/.*$/, `$1/${digest}`);
    for (const place of isManifest ? [path, byDigest] : [byDigest]) stored.set(place, { bytes, type });
    return response.writeHead(201, { location: byDigest, "docker-content-digest": digest }).end();
  };

  const read = (method: string, response: ServerResponse, path: string) => {
    const found = stored.get(path);
    if (!found) return response.writeHead(404).end();
    if (path.includes("/manifests/")) pulls++;
    const digest = `sha256:${createHash("sha256").update(found.bytes).digest("hex")}`;
    response.writeHead(200, {
      "content-type": found.type,
      "content-length": found.bytes.length,
      "docker-content-digest": digest,
    });
    return response.end(method === "HEAD" ? undefined : found.bytes);
  };

  const server = await startProtected(protection, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://registry");
    const method = request.method ?? "GET";
    if (pathname === "/v2/") response.writeHead(200).end();
    else if (method === "POST") response.writeHead(202, { location: `${pathname}one-piece` }).end();
    else if (method === "PUT") void write(request, response, pathname, searchParams);
    else read(method, response, pathname);
  });
  return {
    host: server.host,
    url: `oci://${server.host}/charts`,
    get pulls() {
      return pulls;
    },
    stop: () => server.stop(),
  };
}
