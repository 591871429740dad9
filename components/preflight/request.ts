import type { Generation } from "../glooMesh/generation";
import type { Modes } from "../glooMesh/modes";
import type { Ownership } from "../glooMesh/ownership";
import type { GivenSettings } from "../glooMesh/settings";
import type { ClusterAccess } from "../kubernetes/access";
import type { Lookups } from "../kubernetes/lookups";

/** The registration to check before it declares its first object. */
export interface PreflightRequest {
  readonly settings: GivenSettings;
  readonly generation: Generation;
  readonly ownership: Ownership;
  readonly modes: Modes;
  /** The proof also reads the relay server's count of agents. */
  readonly connected: boolean;
  /** The count is read in the checks too. */
  readonly counts: boolean;
  /** Gets the text that belongs beside a problem or notice, such as a Role to apply. */
  readonly report: (text: string) => void;
}

/** A cluster and how to reach it. */
export interface Side {
  readonly cluster: Lookups;
  readonly access: ClusterAccess;
}
