import { type AlternativeNames, readAlternativeNames } from "./alternativeNames";
import { DerReader, malformed, tags } from "./der";
import { type NameConstraints, readNameConstraints } from "./nameConstraints";

/** What the extensions of a certificate say, as Go's crypto/x509 reads them. */
export interface Extensions {
  /** The object identifier of an extension that Go does not know although it is critical. */
  unknownCritical?: string;
  /** Undefined without the extension. */
  keyUsage?: Buffer;
  basicConstraints?: { readonly ca: boolean; readonly pathLength: number | undefined };
  alternativeNames?: AlternativeNames;
  /** Content of the extension, with which Go compares certificates. */
  alternativeNamesContent?: Buffer;
  nameConstraints?: NameConstraints;
  subjectKeyId?: Buffer;
  authorityKeyId?: Buffer;
  extendedKeyUsages: string[];
  policies: string[];
  mapsPolicies: boolean;
  requireExplicitPolicy?: number;
  inhibitAnyPolicy?: number;
}

/** Reads the list of extensions; throws a MalformedError for one that Go does not read, critical or not. */
export function readExtensions(list: DerReader | undefined): Extensions {
  const out: Extensions = { extendedKeyUsages: [], policies: [], mapsPolicies: false };
  const seen = new Set<string>();
  for (const one of list?.all() ?? []) {
    const id = one.oid();
    const critical = one.isNext(tags.boolean) && one.boolean();
    const value = one.read(tags.octets);
    if (seen.has(id)) malformed("list of extensions: one occurs twice");
    seen.add(id);
    const read = readers[id];
    const known = read !== undefined && read(new DerReader(value), out, critical, value) !== false;
    if (critical && !known) out.unknownCritical ??= id;
  }
  return out;
}

/** Reads one extension into `out`; false if Go does not handle it. */
type ExtensionReader = (value: DerReader, out: Extensions, critical: boolean, content: Buffer) => unknown;

/** By object identifier, in hex. Those of X.509 begin with 551d. Source: crypto/x509, parser.go (processExtensions). */
const readers: Readonly<Record<string, ExtensionReader>> = {
  // Subject key identifier
  "551d0e": (value, out, critical) => {
    if (critical) malformed("subject key identifier: it is critical");
    out.subjectKeyId = value.read(tags.octets);
  },
  // Key usage
  "551d0f": (value, out) => {
    out.keyUsage = value.bits();
  },
  // Subject alternative name
  "551d11": (value, out, _critical, content) => {
    out.alternativeNamesContent = content;
    out.alternativeNames = readAlternativeNames(value.nested());
    return Object.values(out.alternativeNames).some((names) => names.length > 0);
  },
  // Basic constraints
  "551d13": (value, out) => {
    const constraints = value.nested();
    const ca = constraints.isNext(tags.boolean) && constraints.boolean();
    const length = constraints.isNext(tags.integer) ? constraints.small() : undefined;
    if (length !== undefined && length < 0n) malformed("path length");
    out.basicConstraints = { ca, pathLength: length === undefined ? undefined : Number(length) };
  },
  // Name constraints
  "551d1e": (value, out) => {
    out.nameConstraints = readNameConstraints(value);
    return out.nameConstraints.isComplete;
  },
  // CRL distribution points
  "551d1f": (value) => {
    for (const point of value.nested().all()) {
      const name = point.optional(0xa0);
      const names = name && new DerReader(name).nested(0xa0);
      while (names?.isNext(0x86)) names.any();
    }
  },
  // Certificate policies
  "551d20": (value, out) => {
    out.policies = [...value.nested().all()].map((policy) => policy.oid());
    if (new Set(out.policies).size < out.policies.length) malformed("policies: one occurs twice");
  },
  // Policy mappings
  "551d21": (value, out) => {
    for (const mapping of value.nested().all()) {
      mapping.read(tags.oid);
      mapping.read(tags.oid);
      out.mapsPolicies = true;
    }
  },
  // Authority key identifier
  "551d23": (value, out, critical) => {
    if (critical) malformed("authority key identifier: it is critical");
    const key = value.nested().optional(0x80);
    if (key) out.authorityKeyId = key;
  },
  // Policy constraints
  "551d24": (value, out) => {
    const constraints = value.nested();
    if (constraints.isNext(0x80)) out.requireExplicitPolicy = Number(constraints.small(0x80));
    if (constraints.isNext(0x81)) constraints.small(0x81);
  },
  // Extended key usage
  "551d25": (value, out) => {
    const usages = value.nested();
    while (!usages.isEmpty) out.extendedKeyUsages.push(usages.oid());
  },
  // Inhibit any policy
  "551d36": (value, out) => {
    out.inhibitAnyPolicy = Number(value.small());
  },
  // Authority information access
  "2b06010505070101": (value, _out, critical) => {
    if (critical) malformed("authority information access: it is critical");
    for (const description of value.nested().all()) {
      description.oid();
      description.optional(0x86);
    }
  },
};
