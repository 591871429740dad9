import assert from "node:assert/strict";
import fc from "fast-check";
import { mask } from "../../../components/base/mask";
import { parseSamples } from "../../../components/base/prometheus";
import { causes } from "../../../components/diagnosis/causes";
import type { RelayContext } from "../../../components/diagnosis/counterpart";
import { diagnose } from "../../../components/diagnosis/diagnosis";
import { judgeLog } from "../../../components/diagnosis/logEvidence";
import { withHub } from "../../../components/diagnosis/readHub";
import { countOf } from "../../../components/glooMesh/connectedAgents";
import { cluster } from "../../unit/components/diagnosis/fixtures/cluster";
import { place, stateOf } from "../../unit/components/diagnosis/fixtures/fixture";
import { identity } from "../../unit/components/diagnosis/fixtures/identity";
import { misleading } from "../../unit/components/diagnosis/fixtures/misleading";
import { network } from "../../unit/components/diagnosis/fixtures/network";
import { type Target, target } from "./target";
import { mutatedObject, text } from "./values";

const fixtures = [...cluster, ...identity, ...misleading, ...network];
const lines = fixtures.flatMap(({ log }) => log ?? []);
const gauge = "relay_push_clients_connected";

/** Words of which what is looked for consists, and what is to be masked. */
const words = [
  ...[
    "secrets",
    "token",
    "relay",
    "dial tcp",
    "lookup",
    "code = NotFound cluster",
    "code = PermissionDenied",
    "x509: ",
  ],
  ...["x509: certificate is valid for a, not b", "is forbidden", "https://", "https://user:pass@host/api", "://", "a-"],
  ...[
    "bearer ",
    "password=",
    "-----BEGIN RSA PRIVATE KEY-----",
    "-----END RSA PRIVATE KEY-----",
    "eyJhbGciOi",
    "0123456789abcdef",
  ],
  ...["connected to relay server", "stored client certificate", "context deadline exceeded", "[::1]:443", "\u001b[31m"],
];

const logLine = () => text([...lines, ...words]);

const subject = (): fc.Arbitrary<RelayContext> =>
  fc.record(
    {
      serverAddress: fc.oneof(fc.constant("relay.example.com:9900"), text([":", "[::1]", "host:1"])),
      authority: fc.oneof(fc.constant("enterprise-networking.gloo-mesh"), text(["a.b"])),
      clientSecretName: fc.oneof(fc.constant("relay-client-tls-secret"), text(["(", "[", "a"])),
      certificatePresent: fc.boolean(),
    },
    { requiredKeys: [] },
  );

/** The most that is read of a log at once; all of it may be one line. */
const longestLine = 131_072;

/** What some pattern begins with, so that it may be tried at every position of a long line. */
const beginnings = [
  "a-",
  "1234-",
  "12345678-1234-",
  "secrets ",
  "token ",
  "token secret ",
  "relay ",
  "dial tcp ",
  "https://",
];

/** One line of the greatest length, made of a few pieces again and again: what a pattern would try at every position. */
const longLine = () =>
  fc
    .tuple(
      fc.oneof(
        fc.constantFrom(...beginnings).map((one) => [one]),
        fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 4 })), { minLength: 1, maxLength: 3 }),
      ),
      fc.string(),
    )
    .map(([pieces, end]) => {
      const unit = pieces.join("") || "x";
      return unit.repeat(Math.ceil(longestLine / unit.length)).slice(0, longestLine - end.length) + end;
    });

/** What reads logs, statuses, events and metrics. */
export const clusterTextTargets: readonly Target[] = [
  target(
    "cluster/mask",
    () => fc.tuple(logLine(), fc.option(fc.constant(/relay/), { nil: undefined })),
    ([line, around]) => {
      const masked = mask(line, around);
      assert.ok(masked === undefined || masked.length <= 300);
    },
  ),
  target(
    "cluster/log",
    () => fc.tuple(fc.array(logLine(), { maxLength: 8 }), subject()),
    ([log, about]) => {
      const finding = judgeLog(log, about);
      assert.ok(finding === undefined || finding.id in causes);
    },
  ),
  target(
    "cluster/pods",
    () => fc.constantFrom(...fixtures).chain((one) => fc.tuple(mutatedObject(stateOf(one), logLine()), subject())),
    ([state, about]) => {
      const diagnosis = diagnose(state, place, about);
      assert.ok(diagnosis.id in causes && (diagnosis.evidence?.length ?? 0) <= 400);
      withHub(diagnosis, { relayServer: "missing", clusterKnown: false }, place);
    },
  ),
  target("cluster/long-line-masked", longLine, (line) => mask(line), { inputs: 30, limitSeconds: 30 }),
  target(
    "cluster/long-line-judged",
    () => fc.tuple(longLine(), subject()),
    ([line, about]) => judgeLog([line], about),
    {
      inputs: 30,
      limitSeconds: 30,
    },
  ),
  target(
    "cluster/metrics",
    () =>
      text([
        gauge,
        `${gauge}{cluster="a"} 1`,
        `${gauge}{cluster="a",b="\\"`,
        "{",
        "}",
        '="',
        "1e5",
        "NaN",
        "+Inf",
        "# ",
      ]),
    (metrics) => {
      for (const { value } of parseSamples(metrics, gauge)) assert.ok(!Number.isNaN(value));
      countOf({ text: metrics }, "a");
    },
  ),
  target(
    "cluster/long-metrics",
    () =>
      fc
        .constantFrom("1", "1.", '{a="', "\\", '",', "{", " ", `${gauge}{`, 'a="b",', "e+")
        .chain((piece) =>
          fc.constantFrom("", " ", "{", '{a="').map((begin) => begin + piece.repeat(longestLine / piece.length)),
        )
        .map((rest) => `${gauge}${rest}x`),
    (metrics) => parseSamples(metrics, gauge),
    { inputs: 30, limitSeconds: 30 },
  ),
];
