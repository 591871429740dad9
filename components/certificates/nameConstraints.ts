import { type AlternativeNames, asciiOf, hostOf, isDomain } from "./alternativeNames";
import { DerReader, malformed } from "./der";

type ConstraintKind = keyof AlternativeNames;

interface Subtree {
  readonly kind: ConstraintKind;
  /** A domain or a mailbox; an address with its mask. */
  readonly base: string | Buffer;
}

/** The names that a CA may issue certificates for. */
export interface NameConstraints {
  readonly permitted: readonly Subtree[];
  readonly excluded: readonly Subtree[];
  /** False if one is of a kind that Go does not know, such as a directory name. */
  readonly isComplete: boolean;
}

/** Source: crypto/x509, parser.go (parseNameConstraintsExtension). */
export function readNameConstraints(value: DerReader): NameConstraints {
  const list = value.nested();
  const [permitted, excluded] = [list.optional(0xa0), list.optional(0xa1)];
  if (!value.isEmpty || !list.isEmpty || !(permitted?.length || excluded?.length)) malformed("name constraints");
  const [inside, outside] = [permitted, excluded].map((subtrees) =>
    readSubtrees(new DerReader(subtrees ?? Buffer.of())),
  );
  const all = [...(inside ?? []), ...(outside ?? [])];
  const known = (subtrees: typeof all | undefined) => subtrees?.filter((one) => one !== undefined) ?? [];
  return { permitted: known(inside), excluded: known(outside), isComplete: !all.includes(undefined) };
}

const kinds: Readonly<Record<number, ConstraintKind>> = { 129: "emails", 130: "dns", 134: "uris", 135: "addresses" };

function readSubtrees(list: DerReader): (Subtree | undefined)[] {
  return [...list.all()].map((subtree) => {
    const { tag, content } = subtree.any();
    const kind = kinds[tag];
    if (!kind) return undefined;
    if (kind === "addresses") {
      if (content.length !== 8 && content.length !== 32) malformed("IP address of the name constraints");
      const mask = [...content.subarray(content.length / 2)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
      return /^1*0*$/.test(mask) ? { kind, base: content } : malformed("IP mask of the name constraints");
    }
    const base = asciiOf(content);
    const isMailbox = kind === "emails" && base.includes("@");
    const isAddress = kind === "uris" && /^[\d.]+$|:/.test(base);
    const isRead = isMailbox ? domainOf(base) !== undefined : isDomain(base.replace(/^\.(?=.)/, ""));
    return isRead && !isAddress ? { kind, base } : malformed("name of the name constraints");
  });
}

/** The domain of a mailbox; undefined for what Go does not read. A quoted one counts as unreadable here. */
function domainOf(mailbox: string): string | undefined {
  const [, local = "", domain = ""] = /^([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+)@(.*)$/.exec(mailbox) ?? [];
  return local === "" || /^\.|\.$|\.\./.test(local) || !isDomain(domain) ? undefined : domain;
}

/** More comparisons than a certificate of people needs; Go had this limit up to version 1.25. */
const comparisonLimit = 250_000;

/**
 * The name among these that the constraints of a CA forbid; undefined if it may issue all. A name that cannot be compared counts as forbidden.
 * Source: crypto/x509, constraints.go (checkChainConstraints).
 */
export function forbiddenName(names: AlternativeNames, { permitted, excluded }: NameConstraints): string | undefined {
  for (const kind of ["addresses", "dns", "uris", "emails"] as const) {
    const [inside, outside] = [permitted, excluded].map((all) => all.filter((one) => one.kind === kind));
    if (names[kind].length * (permitted.length + excluded.length) > comparisonLimit)
      return `one of ${names[kind].length} names`;
    for (const name of names[kind]) {
      const text = typeof name === "string" ? name : [...name].join(name.length === 4 ? "." : ":");
      const compared = comparable(name, kind);
      if (compared === undefined) return text;
      const isCoveredBy = (all: readonly Subtree[] | undefined, isExcluded: boolean) =>
        all?.some(({ base }) => covers(base, compared, isExcluded)) ?? false;
      if (inside?.length && !isCoveredBy(inside, false)) return text;
      if (isCoveredBy(outside, true)) return text;
    }
  }
  return undefined;
}

/** A name in the form that is compared; undefined if it has none. */
function comparable(name: string | Buffer, kind: ConstraintKind): string | Buffer | undefined {
  if (typeof name !== "string") return name;
  if (kind === "dns") return isDomain(name) ? name.toLowerCase() : undefined;
  if (kind === "emails") return domainOf(name) === undefined ? undefined : mailboxOf(name);
  const host = hostOf(name).replace(/:\d*$/, "").toLowerCase();
  return host === "" || /^[\d.]+$|[:[\]]/.test(host) || !isDomain(host) ? undefined : host;
}

/** A mailbox with its domain in lower case; the local part is compared as it is. */
function mailboxOf(mailbox: string): string {
  const at = mailbox.lastIndexOf("@");
  return mailbox.slice(0, at) + mailbox.slice(at).toLowerCase();
}

function covers(base: string | Buffer, name: string | Buffer, isExcluded: boolean): boolean {
  if (typeof base !== "string" || typeof name !== "string") {
    if (typeof base === "string" || typeof name === "string" || base.length !== 2 * name.length) return false;
    return name.every((byte, i) => ((byte ^ (base[i] ?? 0)) & (base[name.length + i] ?? 0)) === 0);
  }
  if (base === "") return true;
  if (base.includes("@")) return name === mailboxOf(base);
  const domain = base.toLowerCase();
  const host = name.slice(name.lastIndexOf("@") + 1);
  if (host === domain || host.endsWith(domain.startsWith(".") ? domain : `.${domain}`)) return true;
  // A wildcard name is excluded with the first name that it could stand for.
  return (
    isExcluded &&
    host.startsWith("*.") &&
    domain.indexOf(".") >= 0 &&
    domain.slice(domain.indexOf(".")) === host.slice(1)
  );
}
