import type { KubernetesObject } from "../../kubernetes/objects";

/** What a discovery looks at in a Service. */
export interface Service extends KubernetesObject {
  readonly spec?: { readonly type?: string; readonly ports?: readonly ServicePort[] };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] };
  };
}

export interface ServicePort {
  /** May be left out in a Service of one port. */
  readonly name?: string;
  readonly port: number;
  readonly nodePort?: number;
}

/** The port of this name, else the one of this number: a Service of one port needs no name for it. */
export function findPort(service: Service, wanted: { name: string; number?: number }): ServicePort | undefined {
  const ports = service.spec?.ports ?? [];
  return ports.find(({ name }) => name === wanted.name) ?? ports.find(({ port }) => port === wanted.number);
}
