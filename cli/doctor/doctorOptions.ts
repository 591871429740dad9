import { parseArgs } from "node:util";
import { doctorOptions } from "../../components/glooMesh/argumentKinds";
import type { ClusterAccess } from "../../components/kubernetes/access";
import { Misuse } from "../command";

export const outputForms = ["table", "json", "junit"] as const;
export type OutputForm = (typeof outputForms)[number];

/** What the doctor is asked; what is left out is read from the clusters. */
export interface DoctorOptions {
  readonly management: ClusterAccess;
  readonly remote: ClusterAccess;
  readonly clusterName: string | undefined;
  readonly managementNamespace: string | undefined;
  readonly namespace: string | undefined;
  readonly serverAddress: string | undefined;
  readonly authority: string | undefined;
  readonly agentVersion: string | undefined;
  /** As `agent.repository`. */
  readonly chartRepository: string | undefined;
  /** As `namespace.create: false` of a registration that is yet to be made. */
  readonly existingNamespace: boolean;
  /** As `selfRegistration` of a registration that is yet to be made. */
  readonly selfRegistration: boolean;
  /** As `proof.chainToRoot`. */
  readonly chainToRoot: boolean;
  readonly output: OutputForm;
}

export const usage = `usage: gloo-mesh-relay-registration doctor --management-context <name> --remote-context <name> [options]

Looks at a registration: the checks that every run makes, the client certificate, the agent with its pods and log, and the relay
server's count of agents. Where the cluster is not registered: what a registration would meet. Changes nothing, needs no Pulumi.

  --management-context <name>    context of the management cluster; required
  --remote-context <name>        context of the remote cluster; required
  --cluster-name <name>          name under which Gloo Mesh knows the cluster; default: read from the clusters, else the context's
  --kubeconfig <path>            with both contexts; default $KUBECONFIG or ~/.kube/config
  --management-kubeconfig <path> with the management context, where it is another
  --remote-kubeconfig <path>     with the remote context, where it is another
  --management-namespace <name>  namespace of Gloo Mesh on the management cluster; default gloo-mesh
  --namespace <name>             namespace of the agent; default gloo-mesh
  --relay-server-address <addr>  host:port; default: the agent's, else read from the hub
  --relay-authority <name>       name in the relay server's certificate; default: the agent's, else enterprise-networking.<namespace>
  --agent-version <version>      default: the agent's, else the hub's
  --chart-repository <url>       where the agent's chart is to come from; default: the vendor's
  --existing-namespace           a registration would use the namespace as it is (namespace.create: false)
  --self-registration            the management cluster would register itself (selfRegistration): both contexts lead to it
  --no-chain-to-root             the client certificate is of another root CA (proof.chainToRoot: false)
  --output table|json|junit      default table

Exit code: 0 good, 1 a finding of severity error or a registration that is not healthy, 2 misuse.`;

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;

const forms = {
  "management-context": text,
  "remote-context": text,
  "cluster-name": text,
  kubeconfig: text,
  "management-kubeconfig": text,
  "remote-kubeconfig": text,
  "management-namespace": text,
  namespace: text,
  "relay-server-address": text,
  "relay-authority": text,
  "agent-version": text,
  "chart-repository": text,
  "existing-namespace": flag,
  "self-registration": flag,
  "no-chain-to-root": flag,
  output: { type: "string", default: "table" },
} as const;

type OptionName = keyof typeof forms;

const byArgument: Readonly<Record<string, OptionName>> = {
  management: "management-context",
  remote: "remote-context",
  kubeconfig: "kubeconfig",
  ...doctorOptions,
};

/** What an argument of a registration is set to by a flag, which has no value of its own. */
const byFlag: Readonly<Partial<Record<OptionName, "true" | "false">>> = {
  "existing-namespace": "false",
  "self-registration": "true",
  "no-chain-to-root": "false",
};

/** The option for an argument of a registration or of its clusters; undefined where none sets it, or sets it to this value. */
export function optionOfArgument(argument: string, value?: string): string | undefined {
  const option = Object.hasOwn(byArgument, argument) ? byArgument[argument] : undefined;
  if (option === undefined || value === undefined) return option;
  const flag = byFlag[option];
  if (flag === undefined) return `${option} ${value}`;
  return flag === value ? option : undefined;
}

/** Reads the arguments. Throws {@link Misuse}, or what parseArgs throws for an option that it does not know. */
export function parseOptions(args: readonly string[]): DoctorOptions {
  const { values } = parseArgs({ args: [...args], options: forms });
  const missing = (["management-context", "remote-context"] as const).filter((name) => !values[name]);
  if (missing.length > 0) throw new Misuse(`missing: ${missing.map((name) => `--${name} <name>`).join(", ")}`);
  const output = outputForms.find((form) => form === values.output);
  if (!output) throw new Misuse(`--output ${JSON.stringify(values.output)} is none of ${outputForms.join(", ")}`);
  return {
    management: {
      kubeconfig: values["management-kubeconfig"] ?? values.kubeconfig,
      context: values["management-context"],
    },
    remote: { kubeconfig: values["remote-kubeconfig"] ?? values.kubeconfig, context: values["remote-context"] },
    clusterName: values["cluster-name"],
    managementNamespace: values["management-namespace"],
    namespace: values.namespace,
    serverAddress: values["relay-server-address"],
    authority: values["relay-authority"],
    agentVersion: values["agent-version"],
    chartRepository: values["chart-repository"],
    existingNamespace: values["existing-namespace"],
    selfRegistration: values["self-registration"],
    chainToRoot: !values["no-chain-to-root"],
    output,
  };
}
