import type { Certificate } from "./certificate";

const anyPolicy = "551d2000";

/**
 * Whether the policies of a chain, leaf first, are valid as in RFC 9618 for a relying party that asks for none: only a CA that requires an
 * explicit policy can make them invalid. Mapped policies count as invalid then. Source: crypto/x509, verify.go (policiesValid).
 */
export function hasValidPolicies(chain: readonly Certificate[]): boolean {
  const path = chain.slice(0, -1);
  let valid: ReadonlySet<string> = new Set([anyPolicy]);
  let [explicit, inhibit] = [chain.length, chain.length];
  for (const [index, one] of [...path.entries()].reverse()) {
    const isSelfIssued = one.issuer.equals(one.subject);
    const keepsAny = one.policies.includes(anyPolicy) && (inhibit > 0 || (index > 0 && isSelfIssued));
    const named = one.policies.filter((policy) => policy !== anyPolicy && (valid.has(policy) || valid.has(anyPolicy)));
    valid = new Set([...named, ...(keepsAny ? valid : [])]);
    if (index === 0) {
      explicit = one.requireExplicitPolicy === 0 ? 0 : Math.max(explicit - 1, 0);
      continue;
    }
    if (one.mapsPolicies) valid = new Set();
    if (!isSelfIssued) [explicit, inhibit] = [Math.max(explicit - 1, 0), Math.max(inhibit - 1, 0)];
    explicit = Math.min(explicit, one.requireExplicitPolicy ?? explicit);
    inhibit = Math.min(inhibit, one.inhibitAnyPolicy ?? inhibit);
  }
  return explicit > 0 || valid.size > 0;
}
