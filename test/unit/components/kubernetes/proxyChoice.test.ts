import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { proxyFromEnvironment } from "../../../../components/kubernetes/proxyChoice";

const hostOf = (server: string, environment: Readonly<Record<string, string>>) =>
  proxyFromEnvironment(new URL(server), environment)?.url.host;

describe("the proxy of the environment, as Go takes it", () => {
  test("depends on the server's scheme; upper case comes first, an empty variable is none", () => {
    const all = { HTTPS_PROXY: "http://a:1", https_proxy: "http://b:2", http_proxy: "c:3" };
    assert.equal(hostOf("https://x.test", all), "a:1");
    assert.equal(hostOf("https://x.test", { ...all, HTTPS_PROXY: "" }), "b:2");
    assert.equal(hostOf("http://x.test", all), "c:3");
    assert.equal(hostOf("https://x.test", { http_proxy: "c:3", ALL_PROXY: "d:4" }), undefined);
  });
  test("is not used for this machine", () => {
    for (const host of ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"]) {
      assert.equal(hostOf(`https://${host}:6443`, { HTTPS_PROXY: "http://a:1" }), undefined, host);
    }
  });
  test("is named without its password", () => {
    const proxy = proxyFromEnvironment(new URL("https://x.test"), { HTTPS_PROXY: "http://u:s3cret@a:1" });
    assert.equal(proxy?.name, "http://a:1, HTTPS_PROXY of the environment");
  });
  test("is refused, and not quoted, where it is no address of a proxy", () => {
    assert.throws(() => hostOf("https://x.test", { HTTPS_PROXY: "ftp://u:s3cret@a" }), {
      message: "HTTPS_PROXY of the environment is no address of a proxy",
    });
  });

  const excepted: readonly (readonly [string, string, boolean])[] = [
    ["https://x.test", "*", true],
    ["https://x.test", "x.test", true],
    ["https://a.x.test", "x.test", true],
    ["https://ax.test", "x.test", false],
    ["https://x.test", ".x.test", false],
    ["https://a.x.test", ".x.test", true],
    ["https://a.x.test", "*.x.test", true],
    ["https://X.TEST", "x.Test", true],
    ["https://x.test.", "x.test", true],
    ["https://x.test", "y.test, x.test ,", true],
    ["https://x.test", "x.test:443", true],
    ["https://x.test:6443", "x.test:443", false],
    ["https://x.test:6443", "x.test:6443", true],
    ["https://10.1.2.3", "10.0.0.0/8", true],
    ["https://11.1.2.3", "10.0.0.0/8", false],
    ["https://10.1.2.3", "10.1.2.3", true],
    ["https://10.1.2.3:6443", "10.1.2.3:443", false],
    ["https://10.1.2.3", "1.2.3", false],
    ["https://[fd00::1]", "fd00::/8", true],
    ["https://[fd00::1]", "[fd00:0::1]:443", true],
    ["https://[fd00::1]", "fd00::2", false],
    ["https://x.test", "10.0.0.0/8", false],
    ["https://x.test", "", false],
  ];
  for (const [server, exceptions, isDirect] of excepted) {
    test(`${server} with NO_PROXY=${exceptions}: ${isDirect ? "direct" : "proxy"}`, () => {
      assert.equal(hostOf(server, { HTTPS_PROXY: "http://a:1", no_proxy: exceptions }), isDirect ? undefined : "a:1");
    });
  }
});
