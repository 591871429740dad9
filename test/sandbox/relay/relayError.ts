import * as grpc from "@grpc/grpc-js";

/** A failed dial or call, in the words of grpc-go, which users of the product know from the agent's log. */
export class RelayError extends Error {
  override readonly name = "RelayError";

  /** @param description the part after `desc = ` */
  constructor(
    readonly code: grpc.status,
    description: string,
  ) {
    super(`rpc error: code = ${goCodeName(code)} desc = ${description}`);
  }

  /** Whether another attempt may succeed although nobody changes anything: the server is not there or not ready. */
  get transient(): boolean {
    return !FINAL_CODES.has(this.code);
  }
}

const FINAL_CODES: ReadonlySet<grpc.status> = new Set([
  grpc.status.UNAUTHENTICATED,
  grpc.status.PERMISSION_DENIED,
  grpc.status.NOT_FOUND,
  grpc.status.INVALID_ARGUMENT,
  grpc.status.UNIMPLEMENTED,
]);

/** The error of a dial that never got as far as a call. */
export function connectionError(transportProblem: string): RelayError {
  return new RelayError(grpc.status.UNAVAILABLE, `connection error: desc = "transport: ${transportProblem}"`);
}

/** `NOT_FOUND` → `NotFound`; grpc-go spells one code with a single l. */
function goCodeName(code: grpc.status): string {
  if (code === grpc.status.CANCELLED) return "Canceled";
  const words = (grpc.status[code] ?? "UNKNOWN").split("_");
  return words.map((word) => word.charAt(0) + word.slice(1).toLowerCase()).join("");
}
