import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { diagnose } from "../../../../components/diagnosis/diagnosis";
import { quoteLog } from "../../../../components/diagnosis/logEvidence";
import { type LogLine, readLogLine } from "../../../../components/diagnosis/logLine";
import { deployment, place, pod } from "./fixtures/fixture";

const lines: Readonly<Record<string, readonly [line: string, read: LogLine]>> = {
  "zap's JSON: message and error, without time, level, logger, caller and stack": [
    '{"level":"error","ts":1796026951.13,"logger":"relay-agent","caller":"relay/dial.go:42","msg":"cannot obtain a client certificate","error":"connection refused","stacktrace":"runtime.main\\n\\tproc.go:204"}',
    { text: "cannot obtain a client certificate: connection refused", error: "connection refused" },
  ],
  "JSON without an error: the message": [
    '{"level":"info","msg":"starting relay agent"}',
    { text: "starting relay agent" },
  ],
  "JSON with other fields: they follow": [
    '{"level":"error","msg":"cannot watch","error":"no matches","kind":"Settings.settings.mesh","retry":3,"final":false,"labels":{"a":"b"}}',
    { text: 'cannot watch: no matches (kind="Settings.settings.mesh", retry=3, final=false)', error: "no matches" },
  ],
  "slog's JSON": [
    '{"time":"2026-11-30T08:20:13Z","level":"ERROR","msg":"dial","err":"EOF"}',
    { text: "dial: EOF", error: "EOF" },
  ],
  "JSON with an error alone": ['{"error":"EOF"}', { text: "EOF", error: "EOF" }],
  "JSON without words stays": ['{"level":"info","count":3}', { text: '{"level":"info","count":3}' }],
  "JSON that was cut stays": ['{"level":"error","msg":"cannot', { text: '{"level":"error","msg":"cannot' }],
  "a list in JSON stays": ['["msg"]', { text: '["msg"]' }],
  "klog: without severity, time and thread": [
    "E1130 08:20:13.123456       1 reflector.go:138] Failed to watch *v1.Secret",
    { text: "reflector.go:138] Failed to watch *v1.Secret" },
  ],
  "Go's log: without its time": ["2026/11/30 08:20:13 dial tcp: EOF", { text: "dial tcp: EOF" }],
  "a time with a zone goes": ["2026-11-30T08:20:13.123+01:00\tERROR\tdial tcp: EOF", { text: "ERROR\tdial tcp: EOF" }],
  "any other line stays": ["panic: at 2026-11-30 08:20:13 ", { text: "panic: at 2026-11-30 08:20:13 " }],
};

describe("a line of a log", () => {
  for (const [name, [line, read]] of Object.entries(lines)) test(name, () => assert.deepEqual(readLogLine(line), read));
});

describe("the quotation of a structured line", () => {
  test("is masked in its message, its error and its other fields", () => {
    const line = JSON.stringify({
      msg: "token abc1def2 is no good",
      error: "password: 'two words'",
      password: "two words",
      authorization: "Bearer two, words",
    });
    assert.deepEqual(quoteLog(line), {
      evidence: 'token *** is no good: password: \'***\' (password="***", authorization="Bearer ***")',
      error: "password: '***'",
    });
  });

  test("is the evidence of a cause, of an unknown one and of a crash", () => {
    const line = (error: string) => JSON.stringify({ level: "error", ts: 1, msg: "cannot dial", error });
    const found = (error: string, one = pod()) =>
      diagnose({ deployment, pods: [one], log: [line(error)], events: [] }, place).evidence;
    assert.equal(
      found("dial tcp 10.0.0.1:9900: connect: connection refused"),
      "cannot dial: dial tcp 10.0.0.1:9900: connect: connection refused",
    );
    assert.equal(found("something new"), "cannot dial: something new");
    const ended = pod({ state: { terminated: { exitCode: 3 } }, restartCount: 1 });
    assert.equal(found("something new", ended), "exit code 3, 1 restart: cannot dial: something new");
  });
});
