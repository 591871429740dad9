import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline, Readable } from "node:stream";
import type * as k8s from "@kubernetes/client-node";
import type { KubernetesObject } from "../../components/kubernetes/objects";
import { Authority, type Credential } from "../sandbox/controlplane/authority";
import { clientConfig } from "../sandbox/controlplane/kubeconfig";
import { ObjectStore, type StoreEvent } from "./objectStore";

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete";

/** A request as the server saw it. */
export interface ApiRequest {
  readonly verb: Verb;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly accept?: string | undefined;
}

/** What to do instead of answering from the store: an answer, one whose body never ends, silence, or a closed connection. */
export type Intervention = Answer | Flood | "hang" | "close";

/** Sent again and again, until the client closes the connection. */
interface Flood {
  readonly flood: string;
}

interface Answer {
  readonly status: number;
  readonly body: string | object | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const accessReviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/**
 * A Kubernetes API server without Kubernetes: HTTPS on 127.0.0.1 with a CA of its own, objects in memory, lists with selectors,
 * watches, and answers that a test may script. It validates nothing and runs no controller.
 */
export class FakeKubeApi {
  readonly store = new ObjectStore();
  readonly requests: ApiRequest[] = [];
  /** Looks at every request first; undefined lets it through. */
  intervene: (request: ApiRequest) => Intervention | undefined = () => undefined;
  /** The header Date of every answer; undefined leaves it to Node. */
  date: () => string | undefined = () => undefined;
  /** Answers reviews of access; by default everything is allowed. Nothing but the review follows from it. */
  allows: (attributes: Readonly<Record<string, string | undefined>>) => boolean = () => true;
  /** Plural names of kinds that this API server does not know. */
  readonly unknownKinds = new Set<string>();

  /** The kinds of CRDs and aggregated APIs. */
  readonly customKinds: CustomKindOfApi[] = [];
  /** Path of a kubeconfig with one context, named as the server. */
  readonly kubeconfig: string;
  /** The bearer token in the kubeconfig; requests without it are refused. */
  readonly bearer = `bearer-${randomUUID()}`;
  private readonly watches = new Set<ServerResponse>();
  private readonly waiting = new Set<() => void>();

  private constructor(
    readonly name: string,
    private readonly server: Server,
    private readonly folder: string,
    private readonly authority: Authority,
  ) {
    this.kubeconfig = join(folder, "kubeconfig");
    writeFileSync(this.kubeconfig, this.kubeConfig.exportConfig(), { mode: 0o600 });
    this.store.put("/api/v1/namespaces/kube-system", { kind: "Namespace", metadata: { uid: randomUUID() } });
    server.on("request", (request, response) => void this.serve(request, response));
  }

  static async start(name: string): Promise<FakeKubeApi> {
    const authority = await Authority.create(name);
    const server = createServer(await authority.issueServingCertificate({ ips: ["127.0.0.1"] }));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new FakeKubeApi(name, server, mkdtempSync(join(tmpdir(), "api-")), authority);
  }

  async stop(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** `https://127.0.0.1:PORT` */
  get address(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The content of the kubeconfig. */
  get kubeConfig(): k8s.KubeConfig {
    const { name, address: server, certificateAuthority: ca, bearer: token } = this;
    return clientConfig({ name, server, ca, token });
  }

  /** What the server's certificate is verified with, PEM. */
  get certificateAuthority(): string {
    return this.authority.cert;
  }

  /** A certificate that those trust who trust this server. */
  issueServingCertificate(names: { readonly ips: readonly string[] }): Promise<Credential> {
    return this.authority.issueServingCertificate(names);
  }

  /** How the cluster is reached, as the components take it. */
  get access(): { kubeconfig: string; context: string } {
    return { kubeconfig: this.kubeconfig, context: this.name };
  }

  /** UID of kube-system. */
  get identity(): string {
    return this.store.get("/api/v1/namespaces/kube-system")?.metadata.uid ?? "";
  }

  count(verb: Verb, pathEnd = ""): number {
    return this.requests.filter((request) => request.verb === verb && request.path.endsWith(pathEnd)).length;
  }

  get writes(): ApiRequest[] {
    // A review of access is created, but not stored.
    return this.requests.filter(({ verb, path }) => !["get", "list", "watch"].includes(verb) && path !== accessReviews);
  }

  /** Resolves when the requests so far fulfil the condition; looks again at each further one. @throws after 20 s without it. */
  async until(condition: () => boolean): Promise<void> {
    const limit = AbortSignal.timeout(20_000);
    while (!condition()) {
      await new Promise<void>((resolve, reject) => {
        this.waiting.add(resolve);
        limit.addEventListener("abort", () => reject(new Error("the request that was waited for did not come")), {
          once: true,
        });
      });
    }
  }

  /** Cuts every watch: at the end of an event, or with a broken connection. */
  cutWatches(how: "end" | "reset"): void {
    for (const response of this.watches) {
      if (how === "end") response.end();
      else response.destroy();
    }
  }

  /** Delivers an event to every watch that the store knows nothing of, such as an ERROR. */
  tellWatches(event: object): void {
    for (const response of this.watches) response.write(`${JSON.stringify(event)}\n`);
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", "https://api");
    const { accept } = incoming.headers;
    const request = { verb: verbOf(incoming.method ?? "", url), path: url.pathname, query: url.searchParams, accept };
    this.requests.push(request);
    const date = this.date();
    if (date !== undefined) response.setHeader("date", date);
    const intervention =
      this.intervene(request) ??
      (incoming.headers.authorization === `Bearer ${this.bearer}` ? undefined : status(401, "Unauthorized"));
    if (intervention === "close") incoming.socket.destroy();
    else if (typeof intervention === "object" && "flood" in intervention) flood(response, intervention.flood);
    else if (intervention && intervention !== "hang") answer(response, intervention);
    else if (intervention === undefined) await this.answerFromStore(request, incoming, response);
    for (const look of this.waiting) look();
    this.waiting.clear();
  }

  private async answerFromStore(
    request: ApiRequest,
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { verb, path } = request;
    if (path === "/apis") return answer(response, { status: 200, body: discoveryOf(this.customKinds) });
    if (path === "/version") return answer(response, { status: 200, body: { gitVersion: "v1.34.2" } });
    if (path.split("/").some((part) => this.unknownKinds.has(part))) {
      return answer(response, { status: 404, body: "404 page not found\n" });
    }
    if (verb === "watch") return this.watch(request, response);
    const isCustom = this.customKinds.some(({ plural }) => path.endsWith(`/${plural}`));
    if (verb === "list" || (verb === "get" && isCustom)) {
      const items = this.store.list(path).filter((object) => isSelected(object, request.query));
      // As the real one has it for a list of metadata.
      const isEmptyMetadata = items.length === 0 && request.accept?.includes("PartialObjectMetadataList");
      const page = pageOf(items, request.query);
      const metadata = { resourceVersion: String(this.store.currentVersion), ...page.metadata };
      const body = { kind: "List", metadata, items: isEmptyMetadata ? null : page.items };
      return answer(response, { status: 200, body });
    }
    const body = verb === "get" ? {} : await readBody(incoming);
    if (verb === "create" && path === accessReviews) return answer(response, this.review(body));
    answer(response, this.change(request, body));
  }

  private review(body: Body): Answer {
    const spec = (body as { spec?: { resourceAttributes?: Record<string, string> } }).spec;
    return { status: 201, body: { ...body, status: { allowed: this.allows(spec?.resourceAttributes ?? {}) } } };
  }

  private change({ verb, path }: ApiRequest, body: Body): Answer {
    const target = verb === "create" ? `${path}/${body.metadata?.name}` : path;
    const present = this.store.get(target);
    const namespace = /^(\/api\/v1\/namespaces\/[^/]+)\/./.exec(target)?.[1];
    if (verb === "create" && namespace && !this.store.get(namespace)) return notFound(namespace);
    if (verb === "create" && present) return status(409, "AlreadyExists", target);
    if (verb !== "create" && !present) return notFound(target);
    if (verb === "get") return { status: 200, body: present ?? {} };
    const { uid, resourceVersion } = body.preconditions ?? body.metadata ?? {};
    const differs = (wanted: string | undefined, is: string | undefined) => wanted !== undefined && wanted !== is;
    if (differs(resourceVersion, present?.metadata.resourceVersion) || differs(uid, present?.metadata.uid)) {
      return status(409, "Conflict", target);
    }
    if (verb === "delete") {
      this.store.remove(target);
      return { status: 200, body: { kind: "Status", status: "Success" } };
    }
    const next = verb === "patch" ? mergePatch(present, body) : body;
    return { status: verb === "create" ? 201 : 200, body: this.store.put(target, next as object) };
  }

  private watch(request: ApiRequest, response: ServerResponse): void {
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    const since = Number(request.query.get("resourceVersion") ?? 0);
    const end = this.store.follow(request.path, since, ({ type, object }: StoreEvent) => {
      if (isSelected(object, request.query)) response.write(`${JSON.stringify({ type, object })}\n`);
    });
    this.watches.add(response);
    response.on("close", () => {
      end();
      this.watches.delete(response);
    });
  }
}

/** A kind that the API server's discovery lists. Default: one of a namespace, that can be created and listed. */
export interface CustomKindOfApi {
  readonly group: string;
  readonly version?: string;
  readonly plural: string;
  readonly kind: string;
  readonly scope?: string;
  readonly verbs?: readonly string[];
  readonly freshness?: string;
}

interface Body {
  readonly metadata?: { readonly name?: string; readonly uid?: string; readonly resourceVersion?: string };
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** A Kubernetes Status as an answer. */
export function status(code: number, reason: string, path = ""): { status: number; body: object } {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const details = path === "" ? {} : { details: { name } };
  return { status: code, body: { kind: "Status", code, reason, message: `${reason}: ${name}`, ...details } };
}

const notFound = (path: string) => status(404, "NotFound", path);

/** Data of a Secret, encoded. */
export function secret(
  data: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> = {},
): object {
  const entries = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
  return { kind: "Secret", type: "Opaque", metadata: { annotations }, data: Object.fromEntries(entries) };
}

function answer(response: ServerResponse, { status: code, body, headers }: Answer): void {
  const isText = typeof body === "string" || Buffer.isBuffer(body);
  response.writeHead(code, { "content-type": isText ? "text/html" : "application/json", ...headers });
  response.end(isText ? body : JSON.stringify(body));
}

function flood(response: ServerResponse, part: string): void {
  const parts = function* () {
    for (;;) yield part;
  };
  // The client ends it.
  pipeline(Readable.from(parts()), response.writeHead(200), () => undefined);
}

/** Aggregated discovery, as of Kubernetes 1.27. */
function discoveryOf(kinds: readonly CustomKindOfApi[]): object {
  const items = kinds.map(({ group, version = "v1", plural, kind, scope = "Namespaced", verbs, freshness }) => ({
    metadata: { name: group },
    versions: [
      {
        version,
        freshness: freshness ?? "Current",
        resources: [{ resource: plural, responseKind: { kind }, scope, verbs: verbs ?? ["create", "get", "list"] }],
      },
    ],
  }));
  return { kind: "APIGroupDiscoveryList", items };
}

const collections =
  /\/(namespaces|nodes|kubernetesclusters|pods|services|configmaps|secrets|serviceaccounts|persistentvolumeclaims|replicationcontrollers|deployments|customresourcedefinitions|statefulsets|daemonsets|replicasets|jobs|cronjobs|ingresses|networkpolicies|resourcequotas|limitranges|podtemplates|poddisruptionbudgets|horizontalpodautoscalers|(cluster)?roles|(cluster)?rolebindings)$/;

function verbOf(method: string, url: URL): Verb {
  if (method === "POST") return "create";
  if (method === "PUT") return "update";
  if (method === "PATCH") return "patch";
  if (method === "DELETE") return "delete";
  if (url.searchParams.get("watch") === "true") return "watch";
  // Collections are named in the plural, and of the kinds that are read here no object is named so.
  return collections.test(url.pathname) ? "list" : "get";
}

/** The page that a list asks for; `continue` is the number of objects before it. */
function pageOf(items: readonly KubernetesObject[], query: URLSearchParams) {
  const begin = Number(query.get("continue") ?? 0);
  const end = begin + Number(query.get("limit") ?? items.length);
  return { items: items.slice(begin, end), metadata: end < items.length ? { continue: String(end) } : {} };
}

function isSelected(object: KubernetesObject, query: URLSearchParams): boolean {
  const field = /^metadata\.name=(.*)$/.exec(query.get("fieldSelector") ?? "")?.[1];
  const labels = (query.get("labelSelector") ?? "").split(",").filter(Boolean);
  return (
    (field === undefined || object.metadata.name === field) &&
    labels.every((label) => object.metadata.labels?.[label.split("=")[0] ?? ""] === label.split("=")[1])
  );
}

async function readBody(incoming: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? {} : (JSON.parse(text) as Body);
}

/** RFC 7386. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === "object" && target !== null && !Array.isArray(target) ? target : {};
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}
