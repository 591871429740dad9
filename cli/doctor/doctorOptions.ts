import { parseArgs } from "node:util";
import { doctorOptions } from "../../components/glooMesh/argumentKinds";
import { generationNames, generations } from "../../components/glooMesh/generation";
import type { ClusterAccess } from "../../components/kubernetes/access";
import { Misuse } from "../command";

const outputForms = ["table", "short", "json", "junit"] as const;

/** What `--print-arguments` prints. */
const printedForms = ["both", "typescript", "stack"] as const;
export type PrintedForm = (typeof printedForms)[number];

/** The doctor's options under the names of the command line, and how to reach both clusters. What is omitted is read from the clusters. */
export type DoctorOptions = ReturnType<typeof parseOptions>;

export const usage = `usage: gloo-mesh-relay-registration doctor --management-context <name> --remote-context <name> [options]
       gloo-mesh-relay-registration doctor --management-context <name> --all [options]

Examines a registration: the checks of every run, the client certificate, the agent with its pods and log, the relay server's
count of agents, and what \`pulumi up\` would do. For a cluster that is not registered: the problems that a registration would
meet. Changes nothing, needs no Pulumi.

  --management-context <name>    context of the management cluster; required
  --remote-context <name>        context of the remote cluster; required without --all
  --all                          every cluster that the management cluster knows, and a context leads to, in the same kubeconfig
  --cluster-name <name>          name under which Gloo Mesh knows the cluster; default: read from the clusters, else the context's
  --kubeconfig <path>            file with both contexts; default $KUBECONFIG or ~/.kube/config
  --management-kubeconfig <path> file with the management context, if another
  --remote-kubeconfig <path>     file with the remote context, if another
  --generation <name>            1.x or 2.x; default: that of the management cluster
  --management-namespace <name>  namespace of Gloo Mesh on the management cluster; default gloo-mesh
  --namespace <name>             namespace of the agent; default: where its Helm release is found, else gloo-mesh
  --relay-server-address <addr>  host:port; default: the agent's, else read from the management cluster
  --relay-authority <name>       name in the relay server's certificate; default: the agent's, else <server>.<namespace>
  --agent-version <version>      default: the agent's, else the management cluster's
  --release-name <name>          Helm release of the agent; default: the one that is found, else enterprise-agent, gloo-platform
  --chart-repository <url>       repository of the agent's chart; default: the vendor's
  --provided-agent               the registration leaves the agent to whoever installs it (agent.provided); default: read from the clusters
  --provided-kubernetes-cluster  another tool owns the KubernetesCluster (kubernetesCluster.provided); default: read from the clusters
  --existing-namespace           the registration would use an existing namespace (namespace.create: false)
  --self-registration            the management cluster would register itself (selfRegistration); both contexts lead to it
  --no-chain-to-root             another root CA issued the client certificate (proof.chainToRoot: false)
  --print-arguments[=<form>]     prints a program of TypeScript (typescript), the configuration of a stack (stack) or both (default) that take the
                                 registration over as it is, whoever created it; a value that may be a secret is never printed
  --wait <seconds>               looks again until the registration is healthy, at most this long
  -o, --output <form>            table (default), short (only what is not good), json or junit
  --no-color                     no colours; they are only used on a terminal, and not with NO_COLOR set

Exit code: 0 healthy, or not registered and without a problem that a registration would meet; 1 anything else; 2 misuse. With
--print-arguments: 0 all registrations printed; 1 one of them, or a cluster, cannot be read.`;

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;

const forms = {
  "management-context": text,
  "remote-context": text,
  "cluster-name": text,
  generation: text,
  "release-name": text,
  kubeconfig: text,
  "management-kubeconfig": text,
  "remote-kubeconfig": text,
  "management-namespace": text,
  namespace: text,
  "relay-server-address": text,
  "relay-authority": text,
  "agent-version": text,
  "chart-repository": text,
  "provided-agent": flag,
  "provided-kubernetes-cluster": flag,
  "existing-namespace": flag,
  "self-registration": flag,
  "no-chain-to-root": flag,
  all: flag,
  wait: text,
  "print-arguments": text,
  "no-color": flag,
  output: { type: "string", short: "o", default: "table" },
} as const;

type OptionName = keyof typeof forms;

const byArgument: Readonly<Record<string, OptionName>> = {
  management: "management-context",
  remote: "remote-context",
  kubeconfig: "kubeconfig",
  ...doctorOptions,
};

/** The value that a flag sets its argument to. */
const byFlag: Readonly<Partial<Record<OptionName, "true" | "false">>> = {
  "provided-agent": "true",
  "provided-kubernetes-cluster": "true",
  "existing-namespace": "false",
  "self-registration": "true",
  "no-chain-to-root": "false",
};

/** The option that sets an argument of a registration or of its clusters, to this value if one is given; undefined where there is none. */
export function optionOfArgument(argument: string, value?: string): string | undefined {
  const option = Object.hasOwn(byArgument, argument) ? byArgument[argument] : undefined;
  if (option === undefined || value === undefined) return option;
  const flag = byFlag[option];
  if (flag === undefined) return `${option} ${value}`;
  return flag === value ? option : undefined;
}

/** Options about a single registration. */
const singleOptions = [
  "remote-context",
  "cluster-name",
  "provided-agent",
  "provided-kubernetes-cluster",
  "existing-namespace",
  "self-registration",
  "relay-server-address",
] as const;

/** An option with an optional value, which parseArgs does not know. */
function withForm(arg: string): string {
  return arg === "--print-arguments" ? `${arg}=${printedForms[0]}` : arg;
}

/** @throws Misuse, or the error of parseArgs for an unknown option */
export function parseOptions(args: readonly string[]) {
  const { values } = parseArgs({ args: args.map(withForm), options: forms });
  const needed = values.all ? (["management-context"] as const) : (["management-context", "remote-context"] as const);
  const missing = needed.filter((name) => !values[name]);
  if (missing.length > 0) throw new Misuse(`missing: ${missing.map((name) => `--${name} <name>`).join(", ")}`);
  const output = outputForms.find((form) => form === values.output);
  if (!output) throw new Misuse(`--output ${JSON.stringify(values.output)} is none of ${outputForms.join(", ")}`);
  const name = generationNames.find((one) => one === values.generation);
  if (values.generation !== undefined && !name) {
    throw new Misuse(`--generation ${JSON.stringify(values.generation)} is none of ${generationNames.join(", ")}`);
  }
  const generation = name && generations[name];
  const single = singleOptions.filter((name) => values.all && values[name]);
  if (single.length > 0) throw new Misuse(`not together with --all: ${single.map((name) => `--${name}`).join(", ")}`);
  const { wait = "0" } = values;
  const waitSeconds = Number(wait);
  if (!/^\d+$/.test(wait) || waitSeconds > 3600) {
    throw new Misuse(`--wait ${JSON.stringify(wait)} is not a whole number of seconds from 0 to 3600`);
  }
  const asked = values["print-arguments"];
  const printed = printedForms.find((form) => form === asked);
  if (asked !== undefined && !printed) {
    throw new Misuse(`--print-arguments ${JSON.stringify(asked)} is none of ${printedForms.join(", ")}`);
  }
  if (printed && (waitSeconds > 0 || output === "junit" || output === "short")) {
    throw new Misuse("not together with --print-arguments: --wait, --output short, --output junit");
  }
  const accessOf = (cluster: "management" | "remote"): ClusterAccess => ({
    kubeconfig: values[`${cluster}-kubeconfig`] ?? values.kubeconfig,
    context: values[`${cluster}-context`],
  });
  return {
    ...values,
    generation,
    output,
    waitSeconds,
    printed,
    management: accessOf("management"),
    remote: accessOf("remote"),
  };
}
