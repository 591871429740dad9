import type { IncomingMessage } from "node:http";

/** A request to an API server, as a proxy in its path sees it. */
export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly userAgent: string;
  /** JSON, YAML or protobuf, as it came. */
  readonly body: Buffer;
  /** Reads and writes are counted apart, from 1 since the proxy began to count. A review of one's rights and a trial are reads. */
  readonly kind: "read" | "write";
  readonly number: number;
}

/** Reads the whole request; those of registrations are small. */
export async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Whether a request changes something when it succeeds. */
export function kindOf(method: string, url: URL): ProxiedRequest["kind"] {
  const isTrial = url.searchParams.getAll("dryRun").includes("All");
  const isReview = url.pathname.endsWith("/selfsubjectaccessreviews");
  return ["GET", "HEAD"].includes(method) || isTrial || isReview ? "read" : "write";
}

export function isWatch({ query }: ProxiedRequest): boolean {
  return ["true", "1"].includes(query.get("watch") ?? "");
}

/** `PATCH /api/v1/namespaces/gloo-mesh by pulumi-kubernetes`, for messages. */
export function tellRequest({ kind, number, method, path, userAgent }: ProxiedRequest): string {
  return `${kind} ${number}: ${method} ${path} by ${userAgent.split("/")[0]}`;
}
