import { type DerReader, malformed } from "./der";

/** The names of a subject alternative name that Go knows. */
export interface AlternativeNames {
  readonly dns: readonly string[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
  readonly addresses: readonly Buffer[];
}

const kinds = { 129: "emails", 130: "dns", 134: "uris" } as const;

export function readAlternativeNames(list: DerReader): AlternativeNames {
  const out = { dns: [] as string[], emails: [] as string[], uris: [] as string[], addresses: [] as Buffer[] };
  while (!list.isEmpty) {
    const { tag, content } = list.any();
    if (tag === 0x87) {
      if (content.length !== 4 && content.length !== 16) malformed("IP address of the subject alternative name");
      out.addresses.push(content);
    }
    const kind = kinds[tag as keyof typeof kinds];
    if (!kind) continue;
    const name = asciiOf(content);
    if (kind === "uris") checkUri(name);
    out[kind].push(name);
  }
  return out;
}

/** Throws for a URI that Go's net/url does not read. */
function checkUri(uri: string): void {
  const [beforeQuery = "", fragment = ""] = uri.split(/\?[^#]*/);
  const isEscaped = !/%(?![0-9A-Fa-f]{2})/.test(beforeQuery + fragment);
  // Before the first slash, a colon ends the scheme.
  const [start = ""] = uri.split(/[/?#]/, 1);
  const isBegun = !start.includes(":") || /^[a-z][a-z0-9+.-]*:/i.test(start);
  if (!isEscaped || !isBegun || !/^[ -~]*$/.test(uri) || !isDomain(hostOf(uri))) malformed("URI");
}

/** Host and port of a URI; empty for one without. */
export function hostOf(uri: string): string {
  const [, authority = ""] = /^(?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#]*)/i.exec(uri) ?? [];
  return authority.slice(authority.lastIndexOf("@") + 1);
}

/** A string of ASCII alone, as names in certificates must be. */
export function asciiOf(content: Buffer): string {
  return content.some((byte) => byte >= 0x80) ? malformed("name: it is not ASCII") : content.toString("latin1");
}

/** Whether a string is a domain name or empty, by the few rules that Go has. Source: crypto/x509, parser.go (domainNameValid). */
export function isDomain(name: string): boolean {
  return name === "" || /^[!-\-/-~]+(\.[!-\-/-~]+)*$/.test(name);
}
