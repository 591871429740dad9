import { createHash } from "node:crypto";

// The mark of a registration: the URN of its component, which Pulumi's own identity is. Another parent, type, stack or project is another registration.

/** Where a registration is declared. */
export interface StackName {
  readonly project: string;
  readonly stack: string;
}

export interface UrnParts extends StackName {
  /** Types of the parents and of the component itself, joined by `$`. */
  readonly types: string;
  readonly name: string;
}

/** The parts of a URN, `urn:pulumi:<stack>::<project>::<types>::<name>`; undefined for any other text. */
export function parseUrn(text: string): UrnParts | undefined {
  const [, stack, project, types, name] = /^urn:pulumi:(.*?)::(.*?)::(.*?)::(.*)$/s.exec(text) ?? [];
  if (stack === undefined || project === undefined || types === undefined || name === undefined) return undefined;
  return { stack, project, types, name };
}

/** The mark that earlier versions wrote, `<project>/<stack>/<name>`, for the component with this URN. */
export function earlierMarkOf(urn: string): string | undefined {
  const parts = parseUrn(urn);
  return parts && `${parts.project}/${parts.stack}/${parts.name}`;
}

/** Whether a mark is one of the earlier form, which names no parent. */
export function isEarlierMark(mark: string): boolean {
  return parseUrn(mark) === undefined;
}

/**
 * The field manager under which Pulumi's Kubernetes provider writes the objects of the registration with this mark. By default the provider takes a random
 * one for each resource that it creates: after a lost state it could not change what it had written itself. Another registration has another one, so that
 * two that want the same object at the same moment conflict.
 */
export function fieldManagerOf(mark: string): string {
  return `${pulumiManager}-gloo-mesh-${createHash("sha256").update(mark).digest("hex").slice(0, 12)}`;
}

/** The field manager under which this package writes, since its client names no other. */
export const ownManager = "gloo-mesh-relay-registration";

/** How the names of the provider's field managers begin. */
export const pulumiManager = "pulumi-kubernetes";

/** Whether the registration with this mark is declared in the stack. */
export function isMarkOf(mark: string, { project, stack }: StackName): boolean {
  const urn = parseUrn(mark);
  return urn ? urn.project === project && urn.stack === stack : mark.startsWith(`${project}/${stack}/`);
}

/** The resource option by which a component is the registration with this mark, as one writes it in a program. */
export function aliasOption(mark: string): string {
  const [project, stack, ...name] = mark.split("/");
  const isEarlier = isEarlierMark(mark) && name.length > 0;
  const alias = isEarlier ? { name: name.join("/"), stack, project } : mark;
  return `aliases: [${JSON.stringify(alias)}]`;
}
