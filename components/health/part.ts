import type { Problem } from "../base/problems";
import type { CauseId } from "../diagnosis/causes";
import type { HealthView } from "./healthView";

/** The parts of a registration that are looked at, causes before consequences. */
export const healthParts = [
  "namespace and root CA",
  "Helm release",
  "KubernetesCluster",
  "relay server",
  "pod template",
  "agent",
  "client certificate",
  "relay connection",
] as const;

export type HealthPart = (typeof healthParts)[number];

/** What was seen of one part. */
export type PartHealth = { readonly part: HealthPart } & (
  | { readonly state: "good"; readonly detail: string }
  /** `follows`: the part whose fault explains this one. */
  | { readonly state: "bad"; readonly problem: HealthProblem; readonly follows?: HealthPart | undefined }
  /** `isNeeded`: without it nobody can say that the registration is healthy. */
  | {
      readonly state: "not looked at";
      readonly why: string;
      readonly isNeeded: boolean;
      readonly follows?: HealthPart | undefined;
    }
);

/** A problem, with the root cause by its stable id where the diagnosis names one. */
export interface HealthProblem extends Problem {
  readonly rootCause?: CauseId;
}

/** Judges one part; `isBad` says whether an earlier part, which may be the cause, is bad. */
export type Judge = (view: HealthView, isBad: IsBad) => PartHealth;

export type IsBad = (part: HealthPart) => boolean;
