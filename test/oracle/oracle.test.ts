import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { judgeClientCertificate } from "../../components/certificates/clientCertificate";
import { checkServerCertificate } from "../../components/preflight/hub/serverCertificate";
import { askGo, type ClientCase, type Oracle, type ServerCase } from "./verdicts";

// Go's crypto/x509 and crypto/tls, which the relay server and the agents use, judge the same certificates as this package.

const seed = Number(process.env["ORACLE_SEED"] ?? 1);
const combinations = Number(process.env["ORACLE_CASES"] ?? 600);

let oracle: Oracle;
/** By this clock the cases are judged, however long that takes: some begin soon. */
let now: Date;
before(async () => {
  oracle = await askGo(seed, combinations);
  now = new Date();
});
after(() => oracle?.[Symbol.asyncDispose]());

/** Relay servers that are good for Go and refused here, each with the reason: the TLS handshake is OpenSSL's. */
const knownRefusals: Readonly<Record<string, string>> = {
  "leaf: until no seconds": "OpenSSL reads no time without seconds",
  "intermediate: until no seconds": "OpenSSL reads no time without seconds",
  "leaf: bytes after the key": "OpenSSL reads no public key with bytes behind it",
  "intermediate: bytes after the key": "OpenSSL reads no public key with bytes behind it",
  "TLS 1.2 and key p224": "OpenSSL takes no server with this curve",
};

/** Bytes that are changed at random make some certificates that OpenSSL cannot read, another one in each run: its handshake fails before this package judges. */
function failsInOpenSsl(name: string, why: string): boolean {
  return name.includes("bytes changed before the signature") && why.includes("(ERR_SSL_");
}

/** Refused by Go, accepted here: OpenSSL hands over the certificates of a TLS server in DER, in whatever encoding they came. */
const hiddenFaults = ["leaf", "intermediate"].flatMap((role) =>
  ["indefinite length", "a length with needless zeros"].map((encoding) => `${role}: ${encoding}`),
);

/** How often this package and Go agree; where they do not, the names of the cases. */
class Comparison {
  readonly acceptedWrongly: string[] = [];
  readonly refusedWrongly: string[] = [];
  readonly thrown: string[] = [];
  /** Certificates of a clock that is ahead, which this package accepts on purpose. */
  tolerated = 0;
  /** Cases of the two lists above, alone or in a combination, and those that OpenSSL cannot read. */
  known = 0;
  agreed = 0;

  /** Mutations of which the two lists know. */
  constructor(
    private readonly refusals: readonly string[] = [],
    private readonly faults: readonly string[] = [],
  ) {}

  add(one: ClientCase | ServerCase, judge: { readonly accepted: boolean; readonly why: string }): void {
    const { accepted, why } = judge;
    const mutations = one.name.split(" + ");
    const known = accepted ? this.faults : this.refusals;
    if (accepted === one.accepted) this.agreed++;
    else if (accepted && one.tolerated) this.tolerated++;
    else if (mutations.some((mutation) => known.includes(mutation))) this.known++;
    else if (!accepted && failsInOpenSsl(one.name, why)) this.known++;
    else (accepted ? this.acceptedWrongly : this.refusedWrongly).push(`${one.name} | ${one.reason || why}`);
  }

  /** Prints the figures, and asserts that there is no other case in which the two differ. */
  settle(side: string, cases: number): void {
    const counts = { agreed: this.agreed, tolerated: this.tolerated, known: this.known };
    console.log(`oracle ${side}: ${cases} cases, seed ${seed}; ${JSON.stringify(counts).replace(/["{}]/g, "")}`);
    assert.ok(cases >= 1000);
    assert.deepEqual([this.acceptedWrongly, this.refusedWrongly, this.thrown], [[], [], []]);
  }
}

const decoded = (base64: string) => Buffer.from(base64, "base64").toString("utf8");

test("the proof accepts a client certificate exactly if a relay server in Go accepts it", () => {
  const comparison = new Comparison();
  for (const one of oracle.clients) {
    const secret = {
      metadata: { name: "relay-client-tls-secret" },
      data: { "tls.crt": one.certificate, "tls.key": one.key, "ca.crt": one.ca },
    };
    const { clusterName, roots } = one;
    const expected = { clusterName, rootCertificate: decoded(roots), chainToRoot: true, now };
    try {
      const verdict = judgeClientCertificate(secret, expected);
      comparison.add(one, { accepted: verdict.accepted, why: verdict.accepted ? "" : verdict.fault });
    } catch (error) {
      comparison.thrown.push(`${one.name} | ${error}`);
    }
  }
  comparison.settle("client", oracle.clients.length);
});

test("the checks accept a relay server exactly if an agent in Go accepts it", async () => {
  const comparison = new Comparison(Object.keys(knownRefusals), hiddenFaults);
  const waiting = [...oracle.servers];
  const work = async () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      const { address: serverAddress, authority, roots } = one;
      try {
        const question = { serverAddress, authority, rootCertificate: decoded(roots), now };
        const { findings, leftToTheAgent } = await checkServerCertificate(question);
        const why = findings.map(({ code, what, cause }) => `${code} ${what}: ${cause}`).join("; ");
        const left = leftToTheAgent === undefined ? "" : ` left to the agent: ${leftToTheAgent}`;
        comparison.add({ ...one, name: one.name + left }, { accepted: findings.length === 0, why });
      } catch (error) {
        comparison.thrown.push(`${one.name} | ${error}`);
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  comparison.settle("server", oracle.servers.length);
});
