import { gather, RegistrationError } from "../../base/problems";
import type { Generation } from "../../glooMesh/generation";
import { relayAddressFault } from "../../glooMesh/relayAddress";
import type { KubernetesClient } from "../../kubernetes/client";
import { kubectl } from "../../kubernetes/commands";
import { type KubernetesObject, paths } from "../../kubernetes/objects";
import { type Found, readToDiscover } from "./found";
import { findPort, joinHostPort, type Service } from "./service";

interface Node extends KubernetesObject {
  readonly spec?: { readonly unschedulable?: boolean };
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/**
 * Combines the address of a node with the node port of the gateway, as the vendor's registration guide does. The guide takes the first
 * address of the first node; this skips nodes that are being deleted, unschedulable or not ready, and takes a host name, which other
 * networks may not resolve, only where the node has no IP address.
 *
 * Throws GMR223, or GMR116 without the right to read nodes or Services.
 */
export async function ingressAddress(client: KubernetesClient, ingress: Generation["ingress"]): Promise<Found> {
  const [port, node] = await gather([readNodePort(client, ingress), readNodeAddress(client)]);
  const value = joinHostPort(node.address, port);
  const fault = relayAddressFault(value);
  if (fault !== undefined) {
    throw new RegistrationError({
      code: "GMR223",
      what: `No agent can reach the ingress gateway at ${JSON.stringify(value)}`,
      where: `${client.where}, Node ${node.name}, Service ${ingress.namespace}/${ingress.service}`,
      cause: fault,
      next: "give [relay.serverAddress]",
    });
  }
  return {
    value,
    source:
      `${node.type} of Node ${node.name}, ` +
      `node port ${ingress.portName} of Service ${ingress.namespace}/${ingress.service}`,
  };
}

async function readNodePort(client: KubernetesClient, ingress: Generation["ingress"]): Promise<number> {
  const { namespace, service: name, portName } = ingress;
  const refuse = (what: string, cause: string, next: string) =>
    new RegistrationError({
      code: "GMR223",
      what,
      where: `${client.where}, Service ${namespace}/${name}`,
      cause,
      next,
    });
  const read = client.find<Service>(paths.service(namespace, name));
  const service = await readToDiscover(read, `the right to get Services in ${namespace}`, "relay.serverAddress");
  if (!service) {
    throw refuse(
      "The ingress gateway's Service is missing",
      "Istio is not installed there, or its gateway has another name",
      `correct [relay.ingress.namespace] or [relay.ingress.service]; find the gateway with: ${kubectl(client.access, undefined, "get", "services", "-A", "-l", "istio=ingressgateway")}`,
    );
  }
  const port = findPort(service, { name: portName });
  if (!port) {
    const names = (service.spec?.ports ?? []).map((one) => one.name ?? one.port);
    throw refuse(
      `The ingress gateway has no port named ${portName}`,
      names.length === 0 ? "it has no port" : `it has: ${names.join(", ")}`,
      "set [relay.ingress.portName] to the port that passes TLS through",
    );
  }
  if (!port.nodePort) {
    throw refuse(
      `The port ${portName} of the ingress gateway has no node port`,
      `the Service is of type ${service.spec?.type ?? "ClusterIP"}`,
      "change it to a Service of type NodePort or LoadBalancer, or give [relay.serverAddress]",
    );
  }
  return port.nodePort;
}

/** Node objects are large, and a ready one is among the first. */
const nodeLimit = 100;

async function readNodeAddress(client: KubernetesClient): Promise<{ name: string; type: string; address: string }> {
  const read = client.list<Node>(paths.nodes, { first: nodeLimit });
  const { items } = await readToDiscover(read, "the right to list nodes (a ClusterRole)", "relay.serverAddress");
  const faults: string[] = [];
  // By code units, as the API server sorts: the same on every machine, whatever its locale.
  for (const node of items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    const fault = nodeFault(node);
    const address = firstAddress(node);
    if (fault === undefined && address) return { name: node.metadata.name, ...address };
    faults.push(`${node.metadata.name} ${fault ?? "has no address"}`);
  }
  const more = faults.length > 5 ? `, and ${faults.length - 5} more` : "";
  throw new RegistrationError({
    code: "GMR223",
    what: "No node of the management cluster can be addressed",
    where: client.where,
    cause: faults.length === 0 ? "it has no nodes" : `${faults.slice(0, 5).join(", ")}${more}`,
    next: `check the nodes with: ${kubectl(client.access, undefined, "get", "nodes", "-o", "wide")}; or give [relay.serverAddress]`,
  });
}

function nodeFault({ metadata, spec, status }: Node): string | undefined {
  if (metadata.deletionTimestamp !== undefined) return "is being deleted";
  if (spec?.unschedulable) return "is unschedulable";
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "True" ? undefined : "is not ready";
}

function firstAddress(node: Node): { type: string; address: string } | undefined {
  const addresses = (node.status?.addresses ?? []).filter(({ type, address }) => type && address);
  return addresses.find(({ type }) => type.endsWith("IP")) ?? addresses[0];
}
