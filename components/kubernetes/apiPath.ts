import { RegistrationError } from "../base/problems";

/**
 * A path of the API server: each inserted name becomes one segment, whatever it holds. Names come from users and from clusters, and one like
 * `../services/x/proxy` would lead a request elsewhere. Throws GMR006 for a name that no object can have.
 */
export function apiPath(parts: TemplateStringsArray, ...names: readonly (string | number)[]): string {
  return parts.map((part, index) => (index === 0 ? part : `${segment(String(names[index - 1]))}${part}`)).join("");
}

/** Whether a string can be the name of an object, as Kubernetes' own IsValidPathSegmentName decides. */
export function isObjectName(name: string): boolean {
  return name.length <= 1024 && !/^\.{0,2}$|[/%\p{Cs}]/u.test(name);
}

function segment(name: string): string {
  if (!isObjectName(name)) {
    throw new RegistrationError({
      code: "GMR006",
      what: `The name ${JSON.stringify(name.slice(0, 80))} cannot be used`,
      where: "an object of the Kubernetes API",
      cause: "it is empty, too long, a dot or two, or it holds a slash or a percent sign",
      next: "give the name of an object",
    });
  }
  // Kubernetes' own names of Roles hold colons, which a segment may have.
  return encodeURIComponent(name).replaceAll("%3A", ":");
}
