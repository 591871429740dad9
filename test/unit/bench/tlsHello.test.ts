import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { beginsHandshake, resumesSession } from "../../bench/tlsHello";

const supportedVersions = [0, 43, 0, 2, 3, 4];
const preSharedKey = [0, 41, 0, 2, 0, 0];

/** A ServerHello in its record. */
function serverHello(sessionIdLength: number, extensions: readonly number[]): Buffer {
  const body = [3, 3, ...new Array<number>(32).fill(7), sessionIdLength, ...new Array<number>(sessionIdLength).fill(8)];
  const rest = [0x13, 0x01, 0, extensions.length >> 8, extensions.length & 255, ...extensions];
  const message = [2, 0, 0, body.length + rest.length, ...body, ...rest];
  return Buffer.from([22, 3, 3, 0, message.length, ...message]);
}

describe("the beginning of a connection", () => {
  test("is a handshake when it is a ClientHello", () => {
    assert.equal(beginsHandshake(Buffer.from([22, 3, 1, 2, 0, 1, 0])), true);
    assert.equal(beginsHandshake(Buffer.from("GET / HTTP/1.1")), false);
    assert.equal(beginsHandshake(Buffer.from([22])), false);
  });
});

describe("a server's answer", () => {
  test("resumes a session with the extension pre_shared_key, wherever that is", () => {
    assert.equal(resumesSession(serverHello(32, [...supportedVersions, ...preSharedKey])), true);
    assert.equal(resumesSession(serverHello(0, [...preSharedKey, ...supportedVersions])), true);
  });

  test("without it, or cut off, resumes none", () => {
    assert.equal(resumesSession(serverHello(32, supportedVersions)), false);
    assert.equal(resumesSession(serverHello(32, [])), false);
    const whole = serverHello(32, [...supportedVersions, ...preSharedKey]);
    for (let length = 0; length < whole.length - preSharedKey.length; length++) {
      assert.equal(resumesSession(whole.subarray(0, length)), false);
    }
  });
});
