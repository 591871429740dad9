import { RegistrationError } from "../../base/problems";
import type { Generation } from "../../glooMesh/generation";
import { relayAddressFault } from "../../glooMesh/relayAddress";
import type { KubernetesClient } from "../../kubernetes/client";
import { kubectl } from "../../kubernetes/commands";
import { paths } from "../../kubernetes/objects";
import { type Found, readToDiscover } from "./found";
import { findPort, joinHostPort, loadBalancerHost, type Service } from "./service";

/**
 * Discovers the endpoint of the telemetry collector, which the chart demands: the load balancer of the gateway on the management cluster.
 *
 * Throws GMR230 (no such Service, or none with an address), GMR116.
 */
export async function discoverTelemetryEndpoint(
  client: KubernetesClient,
  namespace: string,
  { gateway, endpoint }: NonNullable<Generation["telemetry"]>,
): Promise<Found> {
  const { service: name } = gateway;
  const argument = `agent.values.${endpoint.join(".")}`;
  const place = `Service ${namespace}/${name}`;
  const read = client.find<Service>(paths.service(namespace, name));
  const service = await readToDiscover(read, `the right to get Services in ${namespace}`, argument);
  const host = service && loadBalancerHost(service);
  const port = service && findPort(service, gateway.port);
  const value = host && port && joinHostPort(host.value, port.port);
  const fault = faultOf(service, value, gateway.port);
  if (value !== undefined && host && fault === undefined) {
    return { value, source: `LoadBalancer ${host.kind} of ${place}, port ${port?.name ?? port?.port}` };
  }
  throw new RegistrationError({
    code: "GMR230",
    what: "The telemetry collector has no endpoint, so that its chart cannot be installed",
    where: `${client.where}, ${place}, [agent.values]`,
    cause: `telemetryCollector.enabled is true, and the endpoint cannot be discovered: ${fault}`,
    next: `give [${argument}] as host:port; look at the gateway: ${kubectl(client.access, namespace, "get", "service", name)}`,
  });
}

function faultOf(
  service: Service | undefined,
  value: string | undefined,
  wanted: { readonly name: string; readonly number: number },
): string | undefined {
  if (!service) return "there is no such Service";
  if (!findPort(service, wanted)) return `the Service has no port ${wanted.name} or ${wanted.number}`;
  if (value === undefined)
    return `the Service, of type ${service.spec?.type ?? "ClusterIP"}, has no load balancer with an address`;
  return relayAddressFault(value);
}
