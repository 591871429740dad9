import type * as pulumi from "@pulumi/pulumi";
import { RegistrationError } from "../base/problems";
import { mapPerRun } from "./sharedAccess";

// What each registration of a program has for itself alone. A second one that wants it would fail after its first write, on an object of the first.

/** What a registration wants, in the words of the message. */
export interface Wanted {
  readonly clusterName: string;
  readonly managementNamespace: string;
  readonly managementIdentity: string;
  readonly remoteIdentity: string;
}

interface Holder {
  readonly name: string;
  readonly registration: pulumi.Resource;
}

const heldInRun = mapPerRun<Holder>();

/** Notes what a registration wants. Throws GMR316 if another one of this program wants the same. */
export function claim(holder: Holder, wanted: Wanted): void {
  const held = heldInRun();
  const { clusterName, managementNamespace, managementIdentity, remoteIdentity } = wanted;
  const things = [
    {
      key: `name ${managementIdentity} ${managementNamespace} ${clusterName}`,
      what: `the cluster name ${clusterName}`,
      argument: "clusterName",
      cause: "a management cluster knows each cluster by its name",
    },
    {
      key: `cluster ${remoteIdentity}`,
      what: "the same cluster",
      argument: "remote",
      cause: `both contexts lead to the cluster with the kube-system UID ${remoteIdentity}, on which there can be one agent`,
    },
  ];
  const problems = things.flatMap(({ key, what, argument, cause }) => {
    const other = held.get(key) ?? holder;
    held.set(key, other);
    if (other.registration === holder.registration) return [];
    return [
      {
        code: "GMR316" as const,
        what: `Two registrations of this program want ${what}: ${other.name} and ${holder.name}`,
        where: `[${argument}]`,
        cause,
        next: `give one of them another [${argument}], or leave it out of the program`,
      },
    ];
  });
  if (problems.length > 0) throw new RegistrationError(problems);
}
