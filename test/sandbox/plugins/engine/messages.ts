// The engine's protobuf messages on one side, the Provider interface on the other.
import * as grpc from "@grpc/grpc-js";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Provider, ResourceRequest } from "./provider";
import { type ChangeKind, type CheckRequest, type CheckResult, type Difference, InitFailure } from "./provider";
import { decode, encode } from "./values";

/** Answers one message of the engine. */
export type Handler = (request: unknown) => Promise<unknown>;

/**
 * The gRPC methods a stand-in has, by name. Those that are missing here answer "not implemented".
 * @param cancel called when the engine asks to stop what is going on
 */
export function handlers(provider: Provider, cancel: () => void): Record<string, Handler> {
  return {
    getPluginInfo: async () => new plugin.PluginInfo().setVersion(provider.version),
    getSchema: async () => new pb.GetSchemaResponse().setSchema(provider.schema),
    // The engine's address came as an argument already; nothing more to attach to.
    attach: async () => new Empty(),
    cancel: async () => {
      cancel();
      return new Empty();
    },
    checkConfig: on(pb.CheckRequest, async (request) =>
      checkResponse(await provider.checkConfig(checkRequest(request))),
    ),
    diffConfig: on(pb.DiffRequest, async (request) => diffResponse(await provider.diffConfig(diffRequest(request)))),
    configure: on(pb.ConfigureRequest, async (request) => {
      const variables = new Map<string, string>();
      request.getVariablesMap().forEach((value, key) => {
        variables.set(key, value);
      });
      await provider.configure(variables);
      // Outputs and resource references are left to the engine to resolve, as the official plugins do.
      return new pb.ConfigureResponse()
        .setAcceptsecrets(true)
        .setSupportspreview(true)
        .setSupportsAutonamingConfiguration(true);
    }),
    check: on(pb.CheckRequest, async (request) => checkResponse(await provider.check(checkRequest(request)))),
    diff: on(pb.DiffRequest, async (request) => diffResponse(await provider.diff(diffRequest(request)))),
    create: on(pb.CreateRequest, async (request) => {
      const { id, outputs } = await provider.create({
        ...resourceOf(request),
        inputs: decode(request.getProperties()),
        preview: request.getPreview(),
        timeout: request.getTimeout(),
      });
      return new pb.CreateResponse().setId(id).setProperties(encode(outputs));
    }),
    read: on(pb.ReadRequest, async (request) => {
      const found = await provider.read({
        ...resourceOf(request),
        id: request.getId(),
        inputs: decode(request.getInputs()),
        state: decode(request.getProperties()),
      });
      // An empty id is how a provider says that the resource is gone.
      if (!found) return new pb.ReadResponse();
      return new pb.ReadResponse().setId(found.id).setProperties(encode(found.outputs)).setInputs(encode(found.inputs));
    }),
    update: on(pb.UpdateRequest, async (request) => {
      const outputs = await provider.update({
        ...resourceOf(request),
        id: request.getId(),
        olds: decode(request.getOlds()),
        news: decode(request.getNews()),
        preview: request.getPreview(),
        timeout: request.getTimeout(),
        ignoreChanges: request.getIgnorechangesList(),
      });
      return new pb.UpdateResponse().setProperties(encode(outputs));
    }),
    delete: on(pb.DeleteRequest, async (request) => {
      await provider.delete({
        ...resourceOf(request),
        id: request.getId(),
        state: decode(request.getProperties()),
        timeout: request.getTimeout(),
      });
      return new Empty();
    }),
  };
}

/** Ties a handler to the class of its message, and turns a half-finished resource into the engine's own error detail. */
function on<Message>(kind: abstract new () => Message, handle: (request: Message) => Promise<unknown>): Handler {
  return async (request) => {
    if (!(request instanceof kind)) throw new Error("unexpected message from the engine");
    try {
      return await handle(request);
    } catch (error) {
      throw error instanceof InitFailure ? initFailure(error) : error;
    }
  };
}

function initFailure(failure: InitFailure): Error {
  const detail = new pb.ErrorResourceInitFailed()
    .setId(failure.id)
    .setProperties(encode(failure.outputs))
    .setReasonsList([failure.message]);
  if (failure.inputs) detail.setInputs(encode(failure.inputs));
  const packed = new Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status().setCode(grpc.status.UNKNOWN).setMessage(failure.message);
  status.addDetails(packed);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return Object.assign(new Error(failure.message), {
    code: grpc.status.UNKNOWN,
    details: failure.message,
    metadata,
  });
}

function resourceOf(request: { getUrn(): string; getType(): string; getName(): string }): ResourceRequest {
  const urn = request.getUrn();
  // urn:pulumi:stack::project::parent$type::name; older engines send nothing but the URN.
  const [, , types = "", ...name] = urn.split("::");
  return {
    urn,
    type: request.getType() || (types.split("$").at(-1) ?? ""),
    name: request.getName() || name.join("::"),
  };
}

function checkRequest(request: pb.CheckRequest): CheckRequest {
  const autonaming = request.getAutonaming();
  const modes = pb.CheckRequest.AutonamingOptions.Mode;
  return {
    ...resourceOf(request),
    olds: decode(request.getOlds()),
    news: decode(request.getNews()),
    randomSeed: request.getRandomseed_asU8(),
    autoname: !autonaming
      ? undefined
      : autonaming.getMode() === modes.DISABLE
        ? "disabled"
        : { proposed: autonaming.getProposedName() },
  };
}

function checkResponse(result: CheckResult): pb.CheckResponse {
  const failures = (result.failures ?? []).map(({ property, reason }) =>
    new pb.CheckFailure().setProperty(property).setReason(reason),
  );
  return new pb.CheckResponse().setInputs(encode(result.inputs)).setFailuresList(failures);
}

function diffRequest(request: pb.DiffRequest) {
  return {
    ...resourceOf(request),
    id: request.getId(),
    olds: decode(request.getOlds()),
    news: decode(request.getNews()),
    ignoreChanges: request.getIgnorechangesList(),
  };
}

function diffResponse(difference: Difference): pb.DiffResponse {
  const { DIFF_SOME, DIFF_NONE } = pb.DiffResponse.DiffChanges;
  const response = new pb.DiffResponse()
    .setChanges(difference.changed ? DIFF_SOME : DIFF_NONE)
    .setReplacesList([...difference.replaces])
    .setDiffsList([...(difference.diffs ?? [])])
    .setDeletebeforereplace(difference.deleteBeforeReplace ?? false)
    .setHasdetaileddiff(difference.detail !== undefined);
  for (const [path, change] of difference.detail ?? []) {
    response.getDetaileddiffMap().set(path, propertyDiff(change, difference.ofInputs ?? false));
  }
  return response;
}

function propertyDiff(change: ChangeKind, ofInputs: boolean): pb.PropertyDiff {
  const kinds = pb.PropertyDiff.Kind;
  const kind = {
    add: kinds.ADD,
    "add-replace": kinds.ADD_REPLACE,
    delete: kinds.DELETE,
    "delete-replace": kinds.DELETE_REPLACE,
    update: kinds.UPDATE,
    "update-replace": kinds.UPDATE_REPLACE,
  }[change];
  // A property that is only gone from the inputs may well live on in the outputs: compare inputs when showing it.
  return new pb.PropertyDiff().setKind(kind).setInputdiff(ofInputs || change.startsWith("delete"));
}
