import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { type OperationsName, providerText } from "../../components/registration/providerText";
import { repositoryRoot } from "../sandbox/repositoryRoot";

export type Properties = Record<string, unknown>;

/** A failure as the engine gets it; with `id` it is an init failure, whose properties are kept. */
export class ProviderFailure extends Error {
  constructor(
    message: string,
    readonly id?: string,
    readonly properties?: Properties,
    readonly reasons?: readonly string[],
  ) {
    super(message);
  }
}

/** The file that Pulumi runs as the plugin `pulumi-nodejs`. */
export const providerProgram = join(
  dirname(require.resolve("@pulumi/pulumi/package.json")),
  "cmd/dynamic-provider/index.js",
);

/** The script with which Pulumi starts it: a shell that stays its parent. */
export const launcher = join(dirname(require.resolve("@pulumi/pulumi/package.json")), "pulumi-resource-pulumi-nodejs");

/** Pulumi's own process for dynamic resources, talked to as the engine does. */
export class DynamicProvider {
  /** Everything that it has written to stdout and stderr. */
  output = "";

  private constructor(
    readonly process: ChildProcess,
    private readonly client: ResourceProviderClient,
    private readonly text: string,
  ) {}

  /**
   * Starts one for the operations of one dynamic resource. `command` may put a parent in between that prints the same port;
   * `variables` join the environment.
   */
  static async start(
    name: OperationsName,
    command: readonly string[] = [providerProgram, "127.0.0.1:1"],
    variables: Readonly<Record<string, string>> = {},
  ): Promise<DynamicProvider> {
    const env = { ...process.env, ...variables };
    const child = spawn(process.execPath, command, { cwd: repositoryRoot(), env, stdio: ["ignore", "pipe", "pipe"] });
    const [port] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
    const provider = new DynamicProvider(child, client, providerText(name));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        provider.output += chunk.toString("utf8");
      });
    }
    const request = new messages.ConfigureRequest();
    request.setArgs(Struct.fromJavaScript({}));
    await provider.call<messages.ConfigureResponse>((done) => client.configure(request, done));
    return provider;
  }

  async stop(): Promise<void> {
    this.client.close();
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await exited;
  }

  async check(news: object): Promise<Properties> {
    const request = new messages.CheckRequest();
    request.setOlds(this.struct({}));
    request.setNews(this.struct(news));
    const response = await this.call<messages.CheckResponse>((done) => this.client.check(request, done));
    return plain(response.getInputs());
  }

  async create(inputs: object): Promise<{ id: string; outs: Properties }> {
    const request = new messages.CreateRequest();
    request.setProperties(this.struct(inputs));
    const response = await this.call<messages.CreateResponse>((done) => this.client.create(request, done));
    return { id: response.getId(), outs: plain(response.getProperties()) };
  }

  async diff(id: string, olds: object, news: object): Promise<{ changes: boolean; replaces: string[] }> {
    const request = new messages.DiffRequest();
    request.setId(id);
    request.setOlds(this.struct(olds));
    request.setNews(this.struct(news));
    const response = await this.call<messages.DiffResponse>((done) => this.client.diff(request, done));
    const changes = response.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME;
    return { changes, replaces: response.getReplacesList() };
  }

  async update(id: string, olds: object, news: object): Promise<Properties> {
    const request = new messages.UpdateRequest();
    request.setId(id);
    request.setOlds(this.struct(olds));
    request.setNews(this.struct(news));
    const response = await this.call<messages.UpdateResponse>((done) => this.client.update(request, done));
    return plain(response.getProperties());
  }

  /** An empty id says that the resource is gone. */
  async read(id: string, props: object): Promise<{ id: string; props: Properties }> {
    const request = new messages.ReadRequest();
    request.setId(id);
    request.setProperties(this.struct(props));
    const response = await this.call<messages.ReadResponse>((done) => this.client.read(request, done));
    return { id: response.getId(), props: plain(response.getProperties()) };
  }

  async delete(id: string, props: object): Promise<void> {
    const request = new messages.DeleteRequest();
    request.setId(id);
    request.setProperties(this.struct(props));
    await this.call((done) => this.client.delete(request, done));
  }

  async cancel(): Promise<void> {
    await this.call((done) => this.client.cancel(new Empty(), done));
  }

  private struct(properties: object): Struct {
    const withProvider = { ...properties, __provider: this.text };
    return Struct.fromJavaScript(JSON.parse(JSON.stringify(withProvider)) as Record<string, JavaScriptValue>);
  }

  private call<T>(start: (done: (error: ServiceError | null, response: T) => void) => unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      start((error, response) => (error ? reject(failureOf(error)) : resolve(response)));
    });
  }
}

function plain(struct: Struct | undefined): Properties {
  const { __provider: _text, ...properties } = (struct?.toJavaScript() ?? {}) as Properties;
  return properties;
}

function failureOf(error: ServiceError): ProviderFailure {
  const details = error.metadata?.get("grpc-status-details-bin")[0];
  if (details === undefined) return new ProviderFailure(error.details);
  const any = Status.deserializeBinary(details as Buffer).getDetailsList()[0];
  const failed = messages.ErrorResourceInitFailed.deserializeBinary(any?.getValue_asU8() ?? new Uint8Array());
  return new ProviderFailure(error.details, failed.getId(), plain(failed.getProperties()), failed.getReasonsList());
}
