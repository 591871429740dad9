import { type Certificate, isAuthority } from "./certificate";
import { forbiddenName } from "./nameConstraints";
import { hasValidPolicies } from "./policies";
import { isSignedBy } from "./signature";
import { isValidAt, nameOf, validityFault } from "./x509";

/** A certificate that somebody presents, and by what it is verified. */
export interface ChainQuestion {
  readonly leaf: Certificate;
  readonly intermediates: readonly Certificate[];
  /** The trust anchors; they need not be self-signed. */
  readonly roots: readonly Certificate[];
  readonly usage: "client" | "server";
  /** Undefined: at a time at which all of them are valid. */
  readonly now: Date | undefined;
  readonly toleranceSeconds?: number;
}

/** Why there is no chain. */
export interface ChainFault {
  readonly why: string;
  /** The certificate that would complete a chain at another time. */
  readonly outdated?: Certificate;
}

/** Go tries as many issuers and then gives up, so that no bundle keeps it busy. */
const issuerLimit = 100;

const anyUsage = "551d2500";
const usages = { server: "2b06010505070301", client: "2b06010505070302" } as const;

/**
 * Looks for a chain as Go's crypto/x509 does (verify.go, Verify), which relay server and agents use: names are compared byte by byte, key
 * identifiers are hints, and one good chain is enough. Returns why there is none, or undefined. `why` is empty if no issuer is among the
 * certificates at all.
 */
export function chainFault(question: ChainQuestion): ChainFault | undefined {
  return new ChainSearch(question).fault();
}

class ChainSearch {
  private tried = 0;
  /** The first reason, which is that of the likeliest chain; that a certificate is not valid now is likelier than any other. */
  private first: ChainFault = { why: "" };
  private readonly roots: BySubject;
  private readonly intermediates: BySubject;

  constructor(private readonly question: ChainQuestion) {
    [this.roots, this.intermediates] = [bySubject(question.roots), bySubject(question.intermediates)];
  }

  fault(): ChainFault | undefined {
    const { leaf, roots } = this.question;
    const why = this.faultIn(leaf, []);
    if (why !== undefined) return why;
    const isTrusted = roots.some(({ der }) => der.equals(leaf.der));
    const isFound = isTrusted ? this.accepts([leaf]) : this.climb([leaf]);
    return isFound ? undefined : this.first;
  }

  private climb(chain: readonly [Certificate, ...Certificate[]]): boolean {
    const top = chain.at(-1) ?? chain[0];
    for (const pool of [this.roots, this.intermediates]) {
      const isRoot = pool === this.roots;
      for (const issuer of likelyFirst(pool, top)) {
        if (++this.tried > issuerLimit) {
          this.note({ why: `more than ${issuerLimit} certificates could be the issuer` });
          return false;
        }
        if (!issuer.publicKey || isIn(issuer, chain)) continue;
        const fault = issuingFault(issuer, top) ?? this.faultIn(issuer, chain, !isRoot);
        if (fault) this.note(fault);
        else if (isRoot ? this.accepts([...chain, issuer]) : this.climb([...chain, issuer])) return true;
      }
    }
    return false;
  }

  /** What is wrong with a certificate at this place of a chain, by itself. */
  private faultIn(one: Certificate, below: readonly Certificate[], mustBeCa = false): ChainFault | undefined {
    const { now, toleranceSeconds = 0 } = this.question;
    if (one.unknownCritical !== undefined)
      return { why: `${nameOf(one)} has a critical extension that Go does not know` };
    if (now && !isValidAt(one, now, toleranceSeconds))
      return { why: `${nameOf(one)} ${validityFault(one, now)}`, outdated: one };
    const { ca, pathLength } = one.basicConstraints ?? {};
    if (mustBeCa && !ca) return { why: `${nameOf(one)} is not a CA` };
    if (pathLength === undefined || below.length - 1 <= pathLength) return undefined;
    return {
      why: `${nameOf(one)} allows a path length of ${pathLength}, and ${below.length - 1} intermediates follow`,
    };
  }

  /** Whether a whole chain, leaf first, is accepted. */
  private accepts(chain: readonly Certificate[]): boolean {
    const why = usageFault(chain, this.question.usage) ?? nameFault(chain) ?? policyFault(chain);
    if (why !== undefined) this.note({ why });
    return why === undefined;
  }

  private note(fault: ChainFault): void {
    if (this.first.why === "" || (fault.outdated && !this.first.outdated)) this.first = fault;
  }
}

/** Why a certificate cannot have signed another one, whose issuer has its name. */
function issuingFault(issuer: Certificate, subject: Certificate): ChainFault | undefined {
  const { keyUsage, publicKey } = issuer;
  if (!isAuthority(issuer)) return { why: `${nameOf(issuer)} is not a CA` };
  // Bit 5, keyCertSign; without any of the nine bits that Go knows the extension counts as absent.
  const [first = 0, second = 0] = keyUsage ?? [];
  if ((first | (second & 0x80)) !== 0 && (first & 0x04) === 0) {
    return { why: `the key usage of ${nameOf(issuer)} does not include signing certificates` };
  }
  if (!subject.signatureRule) {
    return { why: `${nameOf(subject)} is signed with an algorithm that Go does not accept, such as SHA-1` };
  }
  if (!publicKey?.key || (publicKey.kind === "RSA" && publicKey.bits < 1024)) {
    return { why: `${nameOf(issuer)} has a key that Go does not accept` };
  }
  // Another key: an issuer of the same name from elsewhere, so that no issuer is there at all.
  return isSignedBy(subject, publicKey) ? undefined : { why: "" };
}

function usageFault(chain: readonly Certificate[], wanted: keyof typeof usages): string | undefined {
  const bad = chain.find(
    ({ extendedKeyUsages: listed }) =>
      listed.length > 0 && !listed.includes(anyUsage) && !listed.includes(usages[wanted]),
  );
  return bad && `the extended key usage of ${nameOf(bad)} does not include ${wanted} authentication`;
}

function nameFault(chain: readonly Certificate[]): string | undefined {
  for (const [index, { nameConstraints }] of chain.entries()) {
    if (!nameConstraints) continue;
    for (const { alternativeNames } of chain.slice(0, index)) {
      const name = alternativeNames && forbiddenName(alternativeNames, nameConstraints);
      const issuer = chain[index];
      if (name !== undefined && issuer)
        return `the name constraints of ${nameOf(issuer)} do not permit the name ${name}`;
    }
  }
  return undefined;
}

function policyFault(chain: readonly Certificate[]): string | undefined {
  return hasValidPolicies(chain) ? undefined : "its issuers require a certificate policy that it does not have";
}

/** Certificates by the distinguished name of their holder, each once. */
type BySubject = ReadonlyMap<string, readonly Certificate[]>;

function bySubject(pool: readonly Certificate[]): BySubject {
  const distinct = new Map(pool.map((one) => [one.der.toString("latin1"), one]));
  const groups = new Map<string, Certificate[]>();
  for (const one of distinct.values()) {
    const name = one.subject.toString("latin1");
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return groups;
}

/** The candidates by name, those whose key identifier matches first: order matters only for the limit. */
function likelyFirst(pool: BySubject, { issuer, authorityKeyId = Buffer.of() }: Certificate): Certificate[] {
  const rank = ({ subjectKeyId = Buffer.of() }: Certificate) => {
    if (subjectKeyId.equals(authorityKeyId)) return 0;
    return (subjectKeyId.length === 0) === (authorityKeyId.length === 0) ? 2 : 1;
  };
  return (pool.get(issuer.toString("latin1")) ?? []).toSorted((one, other) => rank(one) - rank(other));
}

/** Whether a chain has a certificate of the same holder and key already, as two CAs that sign each other would lead to. */
function isIn(one: Certificate, chain: readonly Certificate[]): boolean {
  for (const other of chain) {
    if (!other.subject.equals(one.subject) || !other.publicKeyInfo.equals(one.publicKeyInfo)) continue;
    const [names, otherNames] = [one.alternativeNamesContent, other.alternativeNamesContent];
    if (!names || !otherNames) return names === otherNames;
    if (names.equals(otherNames)) return true;
  }
  return false;
}
