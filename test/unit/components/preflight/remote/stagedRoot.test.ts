import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { checkStagedRoot } from "../../../../../components/preflight/remote/stagedRoot";
import {
  createClientSecretData,
  createHubCertificates,
  type HubCertificates,
  validFor,
} from "../../../../sandbox/relay";
import { secret } from "../../../../support/fakeKubeApi";
import { requestFor } from "../../../../support/preflightRequest";

const now = new Date();
const month = 30 * 24 * 3600 * 1000;

let old: HubCertificates;
let staged: HubCertificates;

// RSA keys are slow to make: once for the file.
before(async () => {
  const rootValidity = validFor(3650, new Date(now.getTime() - month));
  [old, staged] = await Promise.all([createHubCertificates({ rootValidity }), createHubCertificates()]);
});

interface Situation {
  /** Root CAs in the Secret on the management cluster, and in its copy. */
  readonly roots: readonly HubCertificates[];
  readonly copied?: readonly HubCertificates[];
  /** Issuer of the client certificate, and the root CAs in the `ca.crt` beside it. */
  readonly issuer: HubCertificates;
  readonly trusted: readonly HubCertificates[];
}

const existing = (data: Record<string, string>) => ({ metadata: { name: "existing" }, ...secret(data) });

const bundle = (hubs: readonly HubCertificates[]) => hubs.map(({ root }) => root.certificatePem).join("");

async function check(
  { roots, copied = roots, issuer, trusted }: Situation,
  args: Parameters<typeof requestFor>[0] = {},
) {
  const data = await createClientSecretData(issuer, { clusterName: "cluster-2" });
  const found = {
    where: "remote",
    root: existing({ "ca.crt": bundle(copied) }),
    certificate: existing({ ...data, "ca.crt": bundle(trusted) }),
  };
  return checkStagedRoot(found, requestFor(args), bundle(roots), now);
}

describe("GMR320: a client certificate that a staged root change cuts off", () => {
  test("is warned of if certificate and ca.crt are of the old root CA alone", async () => {
    const finding = await check({ roots: [old, staged], issuer: old, trusted: [old] });
    assert.equal(finding?.code, "GMR320");
    assert.equal(finding.severity, "warning");
    assert.equal(finding.where, "remote, Secret gloo-mesh/relay-client-tls-secret");
    assert.match(finding.cause ?? "", /lacks it and the certificate was issued under an older one$/);
    assert.match(finding.next, /^before the relay server's certificate comes from the new root CA: .*reissue/);
  });

  test("is warned of if the agent trusts both, and only the old root CA stands behind the certificate", async () => {
    const finding = await check({ roots: [staged, old], issuer: old, trusted: [old, staged] });
    assert.match(finding?.cause ?? "", /; the certificate was issued under an older one$/);
    assert.match(finding?.next ?? "", /^once the relay server signs with the new root CA, and before the old one is/);
  });

  for (const [title, situation] of [
    [
      "has a certificate of the new root CA, and trusts it",
      () => ({ roots: [old, staged], issuer: staged, trusted: [old, staged] }),
    ],
    ["has one root CA", () => ({ roots: [old], issuer: old, trusted: [old] })],
    [
      "is reissued by this run, which copies the new root CA",
      () => ({ roots: [old, staged], copied: [old], issuer: old, trusted: [old] }),
    ],
    [
      "has a certificate of neither root CA, which this run replaces",
      () => ({ roots: [old], issuer: staged, trusted: [staged] }),
    ],
  ] as const) {
    test(`is not warned of where it ${title}`, async () => assert.equal(await check(situation()), undefined));
  }

  test("is not looked for where the registration copies no root CA", async () => {
    const situation = { roots: [old, staged], issuer: old, trusted: [old] };
    assert.equal(await check(situation, { identity: "provided-certificate" }), undefined);
    assert.equal(await check(situation, { selfRegistration: true }), undefined);
  });

  test("is not asked for a chain to the root CA where another one issues client certificates", async () => {
    const situation = { roots: [old, staged], issuer: old, trusted: [old, staged] };
    assert.equal(await check(situation, { proof: { chainToRoot: false } }), undefined);
  });
});
