import { isIPv6 } from "node:net";
import type { KubernetesObject } from "../../kubernetes/objects";

/** The part of a Service that discovery reads. */
export interface Service extends KubernetesObject {
  readonly spec?: {
    readonly type?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly ServicePort[];
  };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] };
  };
}

export interface ServicePort {
  /** Optional in a Service with one port. */
  readonly name?: string;
  readonly port: number;
  /** Port of the pods, or its name; default: the same number. */
  readonly targetPort?: number | string;
  readonly nodePort?: number;
}

/** Finds the port by its name, else by its number: the only port of a Service needs no name. */
export function findPort(service: Service, wanted: { name: string; number?: number }): ServicePort | undefined {
  const ports = service.spec?.ports ?? [];
  return ports.find(({ name }) => name === wanted.name) ?? ports.find(({ port }) => port === wanted.number);
}

/** Some clouds give their load balancers an address (GKE), others a name (EKS). */
export function loadBalancerHost(service: Service): { kind: "ip" | "hostname"; value: string } | undefined {
  for (const { ip, hostname } of service.status?.loadBalancer?.ingress ?? []) {
    if (ip) return { kind: "ip", value: ip };
    if (hostname) return { kind: "hostname", value: hostname };
  }
  return undefined;
}

/** `host:port`; an IPv6 address is put in brackets, since its colons would hide the port. */
export function joinHostPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
