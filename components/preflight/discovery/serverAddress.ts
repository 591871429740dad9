import { RegistrationError } from "../../base/problems";
import type { Generation } from "../../glooMesh/generation";
import { relayAddressFault } from "../../glooMesh/relayAddress";
import type { KubernetesClient } from "../../kubernetes/client";
import { kubectl } from "../../kubernetes/commands";
import { unlessRefused } from "../../kubernetes/errors";
import { paths } from "../../kubernetes/objects";
import { type Found, readToDiscover, withSource } from "./found";
import { ingressAddress } from "./ingressAddress";
import { findPort, joinHostPort, loadBalancerHost, type Service } from "./service";

export interface RelayAddressRequest {
  /** Namespace of Gloo Mesh on the management cluster. */
  readonly namespace: string;
  /** The ingress gateway in front of the relay server, if the address is read from it. */
  readonly ingress?: Generation["ingress"] | undefined;
  readonly generation: Generation;
}

/**
 * Discovers the `host:port` at which agents reach the relay server: from the LoadBalancer of its Service, or from an ingress gateway in
 * front of it. Never an empty host: ":9900" would send the agent to itself (solo-io/gloo-mesh#1948).
 *
 * Throws GMR221 (no Service, or one that is not reachable from outside), GMR222 (no address yet), GMR223 (ingress gateway), GMR116.
 */
export async function discoverRelayAddress(client: KubernetesClient, request: RelayAddressRequest): Promise<Found> {
  return request.ingress ? ingressAddress(client, request.ingress) : loadBalancerAddress(client, request);
}

async function loadBalancerAddress(
  client: KubernetesClient,
  { namespace, generation }: RelayAddressRequest,
): Promise<Found> {
  const { name, port: wanted } = generation.relayServer;
  const place = `Service ${namespace}/${name}`;
  const refuse = (what: string, cause: string, next: string) =>
    new RegistrationError({ code: "GMR221", what, where: `${client.where}, ${place}`, cause, next });

  const read = client.find<Service>(paths.service(namespace, name));
  const service = await readToDiscover(read, `the right to get Services in ${namespace}`, "relay.serverAddress");
  if (!service) {
    throw refuse(
      "The relay address cannot be discovered: the relay server's Service is missing",
      "Gloo Mesh Enterprise is not installed there, or [managementNamespace] names another namespace",
      `give [relay.serverAddress], or find the Service with: ${kubectl(client.access, undefined, "get", "services", "-A", "--field-selector", `metadata.name=${name}`)}`,
    );
  }
  const type = service.spec?.type ?? "ClusterIP";
  const port = findPort(service, wanted);
  if (type !== "LoadBalancer") {
    const [other, ...more] = await otherLoadBalancers(client, namespace, generation);
    if (other && more.length === 0) return other;
    if (other) {
      throw refuse(
        "The relay address cannot be discovered: several load balancers lead to the relay server",
        [other, ...more].map(withSource).join("; "),
        "give [relay.serverAddress]",
      );
    }
    throw refuse(
      "The relay address cannot be discovered: the relay server's Service has no load balancer",
      port?.nodePort === undefined ? `it is of type ${type}` : `it is of type ${type}, with node port ${port.nodePort}`,
      "give [relay.serverAddress], or [relay.ingress] if an Istio ingress gateway leads to it",
    );
  }
  if (!port) {
    throw refuse(
      "The relay address cannot be discovered: the relay server's Service has no port for agents",
      `no port is named ${wanted.name} or has the number ${wanted.number}`,
      "give [relay.serverAddress]",
    );
  }
  const host = loadBalancerHost(service);
  if (!host) {
    throw new RegistrationError({
      code: "GMR222",
      what: "The relay server has no address yet",
      where: `${client.where}, ${place}`,
      cause: "its load balancer is still being created, or nothing in that cluster creates load balancers",
      next: `wait until EXTERNAL-IP has a value: ${kubectl(client.access, namespace, "get", "service", name, "--watch")}; or give [relay.serverAddress]`,
    });
  }
  const value = joinHostPort(host.value, port.port);
  const fault = relayAddressFault(value);
  if (fault !== undefined) {
    const what = `The relay address cannot be discovered: the load balancer's ${JSON.stringify(value)} is not an address`;
    throw refuse(what, fault, "give [relay.serverAddress]");
  }
  return { value, source: `LoadBalancer ${host.kind} of ${place}, port ${port.name ?? port.port}` };
}

/**
 * The addresses of other Services with a load balancer that select the relay server's pods: the owner of a management cluster whose Service has none adds one
 * beside it. None without the right to list Services.
 */
async function otherLoadBalancers(
  client: KubernetesClient,
  namespace: string,
  { relayServer: { name, port: wanted } }: Generation,
): Promise<readonly Found[]> {
  const found = await unlessRefused(client.list<Service>(paths.services(namespace)));
  return (found?.items ?? []).flatMap((service) => {
    const { type, selector, ports = [] } = service.spec ?? {};
    const port = ports.find(
      ({ port, targetPort = port }) => targetPort === wanted.number || targetPort === wanted.name,
    );
    const host = loadBalancerHost(service);
    if (type !== "LoadBalancer" || selector?.["app"] !== name || !port || !host) return [];
    const value = joinHostPort(host.value, port.port);
    if (relayAddressFault(value) !== undefined) return [];
    const place = `Service ${namespace}/${service.metadata.name}`;
    return [{ value, source: `LoadBalancer ${host.kind} of ${place}, which selects ${name}` }];
  });
}
