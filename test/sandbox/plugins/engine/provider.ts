// What a stand-in plugin implements, in terms of property values instead of protobuf messages.
import type { ValueMap } from "./values";

/** The resource that a request is about. */
export interface ResourceRequest {
  readonly urn: string;
  /** Type token, such as `kubernetes:core/v1:Secret`. */
  readonly type: string;
  /** The program's name of the resource. */
  readonly name: string;
}

export interface CheckRequest extends ResourceRequest {
  readonly olds: ValueMap;
  readonly news: ValueMap;
  /** Bytes that make generated names reproducible. */
  readonly randomSeed: Uint8Array;
  /** A name that the engine proposes, or `disabled` when names must not be generated. */
  readonly autoname: { proposed: string } | "disabled" | undefined;
}

export interface CheckResult {
  readonly inputs: ValueMap;
  readonly failures?: readonly { readonly property: string; readonly reason: string }[];
}

export interface DiffRequest extends ResourceRequest {
  readonly id: string;
  /** The outputs in state. */
  readonly olds: ValueMap;
  readonly news: ValueMap;
  readonly ignoreChanges: readonly string[];
}

export type ChangeKind = "add" | "add-replace" | "delete" | "delete-replace" | "update" | "update-replace";

export interface Difference {
  readonly changed: boolean;
  /** Property paths that force a replacement. */
  readonly replaces: readonly string[];
  /** Top-level names of what changed; given where there is no detail. */
  readonly diffs?: readonly string[];
  readonly detail?: ReadonlyMap<string, ChangeKind>;
  /** Whether all of the detail is between old and new inputs, so that the engine shows those and not the outputs. */
  readonly ofInputs?: boolean;
  readonly deleteBeforeReplace?: boolean;
}

export interface CreateRequest extends ResourceRequest {
  readonly inputs: ValueMap;
  readonly preview: boolean;
  /** Seconds; 0 when the program gave none. */
  readonly timeout: number;
}

export interface ReadRequest extends ResourceRequest {
  readonly id: string;
  readonly inputs: ValueMap;
  readonly state: ValueMap;
}

export interface UpdateRequest extends ResourceRequest {
  readonly id: string;
  readonly olds: ValueMap;
  readonly news: ValueMap;
  readonly preview: boolean;
  readonly timeout: number;
  readonly ignoreChanges: readonly string[];
}

export interface DeleteRequest extends ResourceRequest {
  readonly id: string;
  readonly state: ValueMap;
  readonly timeout: number;
}

/** The resources of one kind or of one whole plugin. */
export interface ResourceOperations {
  check(request: CheckRequest): Promise<CheckResult>;
  diff(request: DiffRequest): Promise<Difference>;
  create(request: CreateRequest): Promise<{ id: string; outputs: ValueMap }>;
  /** Undefined when the resource no longer exists. */
  read(request: ReadRequest): Promise<{ id: string; outputs: ValueMap; inputs: ValueMap } | undefined>;
  update(request: UpdateRequest): Promise<ValueMap>;
  delete(request: DeleteRequest): Promise<void>;
}

/** A plugin: its own configuration and its resources. */
export interface Provider extends ResourceOperations {
  readonly version: string;
  /** The package's schema as JSON; a stand-in says no more than its name and version. */
  readonly schema: string;
  checkConfig(request: CheckRequest): Promise<CheckResult>;
  diffConfig(request: DiffRequest): Promise<Difference>;
  configure(variables: ReadonlyMap<string, string>): Promise<void>;
}

/** The resource exists now but is not well: the engine keeps it in state and the next `up` is an update. */
export class InitFailure extends Error {
  constructor(
    readonly id: string,
    readonly outputs: ValueMap,
    message: string,
    readonly inputs?: ValueMap,
  ) {
    super(message);
  }
}
