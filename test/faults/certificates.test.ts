import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { failureOf, type ProofWorld, proofWorld, watching } from "../provider/proofWorld";
import { certificatePath, has, hubCertificates, tokenPath } from "../provider/world";
import { secret } from "../support/fakeKubeApi";
import { goodCertificates, makeMaterial, wrongCertificates } from "./certificates/wrong";
import { testCases } from "./figures";

// The operations of the proof in Pulumi's own process, while somebody writes a certificate that proves nothing; and clocks that differ.

const minutes = (count: number) => count * 60_000;

interface CertificateCase {
  readonly id: string;
  readonly make: (typeof wrongCertificates)[string];
  readonly isGood: boolean;
  /** Minutes by which the API servers' clocks are ahead of this machine's. */
  readonly ahead?: number;
}

const good = goodCertificates["hub-ten-minutes-behind"];
assert.ok(good);

const cases: readonly CertificateCase[] = [
  ...Object.entries(wrongCertificates).map(([name, make]) => ({ id: `certificates/${name}`, make, isGood: false })),
  ...Object.entries(goodCertificates).map(([name, make]) => ({
    id: `certificates/clocks/${name}`,
    make,
    isGood: true,
  })),
  ...[-30, -10, 10, 30].map((ahead) => ({
    id: `certificates/clocks/api-servers-${Math.abs(ahead)}-minutes-${ahead > 0 ? "ahead" : "behind"}`,
    make: good,
    isGood: true,
    ahead,
  })),
];

testCases(
  "certificates",
  cases,
  { start: async () => makeMaterial(await hubCertificates()), stop: async () => undefined },
  async ({ make, isGood, ahead = 0 }, material, figures) => {
    const cleaning: (() => unknown)[] = [];
    try {
      const world = await proofWorld({
        after: (clean: () => unknown) => cleaning.push(clean),
      } as unknown as TestContext);
      for (const api of [world.hub, world.remote]) {
        api.date = () => new Date(Date.now() + minutes(ahead)).toUTCString();
      }
      const data = secret(await make(material));
      if (isGood) await figures.promise("P4", () => accepted(world, data));
      else await figures.promise("P9", () => refused(world, data));
    } finally {
      for (const clean of cleaning) await clean();
    }
  },
  { concurrency: 6 },
);

/** The proof ends with it, and the token is gone. */
async function accepted({ remote, process, certificateInputs }: ProofWorld, data: object): Promise<void> {
  const proving = process.create(certificateInputs());
  await watching(remote);
  remote.store.put(certificatePath, data);
  assert.equal((await proving).outs["proof"], "agent");
  assert.ok(!has(remote, tokenPath));
}

/**
 * The proof goes on until its limit and ends with what is wrong; the token stays for the next try. A certificate for another name is no fault of
 * this agent: it is removed, and the wait begins again (GMR501).
 */
async function refused({ remote, process, certificateInputs }: ProofWorld, data: object): Promise<void> {
  const failing = failureOf(process.create(certificateInputs({ timeoutSeconds: 8 })));
  await watching(remote);
  remote.store.put(certificatePath, data);
  assert.match(
    (await failing).message,
    /^GMR50(?:1 The relay agent got no client certificate|2 The client certificate is not acceptable: )/,
  );
  assert.ok(has(remote, tokenPath));
}
