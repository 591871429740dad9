import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import { ContainerLog, type LogOptions } from "../../../sandbox/pods/containerLog";
import { logOptions } from "../../../sandbox/pods/kubeletServer";

const start = Date.UTC(2024, 0, 2, 3, 4, 5);

function numbered(lines: number): ContainerLog {
  const log = new ContainerLog();
  for (let line = 1; line <= lines; line++) {
    log.append(`line ${line}`, new Date(start + line * 1000));
  }
  return log;
}

async function text(log: ContainerLog, options: LogOptions = {}): Promise<string> {
  let all = "";
  for await (const piece of log.read(options)) {
    all += piece;
  }
  return all;
}

describe("container log", () => {
  test("all lines, each with a line break", async () => {
    const log = new ContainerLog();
    log.append("one\ntwo\r\n");
    log.append("");
    assert.equal(await text(log), "one\ntwo\n\n");
  });

  test("the tail", async () => {
    assert.equal(await text(numbered(5), { tailLines: 2 }), "line 4\nline 5\n");
    assert.equal(await text(numbered(2), { tailLines: 0 }), "");
    assert.equal(await text(numbered(2), { tailLines: 9 }), "line 1\nline 2\n");
  });

  test("lines since a time, and the tail of those", async () => {
    const since = new Date(start + 3000);
    assert.equal(await text(numbered(4), { since }), "line 3\nline 4\n");
    assert.equal(await text(numbered(4), { since, tailLines: 1 }), "line 4\n");
    assert.equal(await text(numbered(4), { since: new Date(start + 60_000) }), "");
  });

  test("timestamps are RFC 3339 with nanoseconds", async () => {
    assert.equal(await text(numbered(1), { timestamps: true }), "2024-01-02T03:04:06.000000000Z line 1\n");
  });

  test("no more bytes than wanted", async () => {
    assert.equal(await text(numbered(3), { limitBytes: 9 }), "line 1\nli");
    assert.equal(await text(numbered(3), { limitBytes: 7 }), "line 1\n");
  });

  test("old lines are dropped, not the new ones", async () => {
    const lines = (await text(numbered(20_010))).trimEnd().split("\n");
    assert.equal(lines.length, 20_000);
    assert.equal(lines[0], "line 11");
    assert.equal(lines.at(-1), "line 20010");
  });

  test("a follower gets later lines and ends when the log is closed", async () => {
    const log = numbered(1);
    const reader = log.read({ follow: true });
    assert.equal((await reader.next()).value, "line 1\n");
    const next = reader.next();
    log.append("late");
    assert.equal((await next).value, "late\n");
    const last = reader.next();
    log.close();
    assert.equal((await last).done, true);
    log.append("after the end");
    assert.equal(await text(log), "line 1\nlate\n");
  });

  test("a follower that goes away is forgotten", async () => {
    const gone = new AbortController();
    const reader = new ContainerLog().read({ follow: true }, gone.signal);
    const next = reader.next();
    gone.abort();
    assert.equal((await next).done, true);
  });
});

test("the query of kubectl logs is understood, and nonsense in it is ignored", () => {
  const now = new Date(start);
  const query = new URLSearchParams("follow=true&timestamps=true&tailLines=3&limitBytes=10&sinceSeconds=60");
  assert.deepEqual(logOptions(query, now), {
    follow: true,
    timestamps: true,
    tailLines: 3,
    limitBytes: 10,
    since: new Date(start - 60_000),
  });
  const sinceTime = new URLSearchParams("sinceTime=2024-01-01T00:00:00Z");
  assert.deepEqual(logOptions(sinceTime, now).since, new Date("2024-01-01T00:00:00Z"));
  assert.deepEqual(logOptions(new URLSearchParams("tailLines=-1&sinceTime=x"), now), {
    follow: false,
    timestamps: false,
  });
});
