import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isDnsName, relayAddressFault } from "../../../../components/glooMesh/relayAddress";

describe("a relay server address is accepted as host:port", () => {
  const good = [
    "172.18.0.2:31179",
    "relay.example.com:443",
    "relay:1",
    "Relay.Example.COM:65535",
    "[2001:db8::1]:9900",
    "[::1]:9900",
    "xn--bcher-kva.example:9900",
    "relay.example.com.:9900",
    "relay.:443",
    "re_lay.example.com:9900",
    "_grpc._tcp.example.com.:9900",
    "[fe80::1%eth0]:9900",
  ];
  for (const address of good) test(address, () => assert.equal(relayAddressFault(address), undefined));
});

describe("a relay server address is refused, with the reason", () => {
  const bad: readonly (readonly [string, RegExp])[] = [
    ["", /empty/],
    ["   ", /empty/],
    [":9900", /host is empty.*load balancer/],
    ["https://relay.example.com:443", /scheme/],
    ["grpc://172.18.0.2:31179", /scheme/],
    ["relay.example.com:443/path", /path/],
    ["relay.example.com", /port is missing/],
    ["172.18.0.2", /port is missing/],
    ["[2001:db8::1]", /port is missing/],
    ["relay.example.com:", /not a port/],
    ["relay.example.com:0", /not a port/],
    ["relay.example.com:70000", /not a port/],
    ["relay.example.com:65536", /not a port/],
    ["relay.example.com:-1", /not a port/],
    ["relay.example.com:https", /not a port/],
    ["relay.example.com:99 00", /white space/],
    [" relay.example.com:9900", /white space/],
    ["relay.example.com:9900\n", /white space/],
    ["2001:db8::1", /brackets/],
    ["2001:db8::1:9900", /brackets/],
    ["[2001:db8::zz]:9900", /not an IPv6 address/],
    ["[]:9900", /not an IPv6 address/],
    ["[172.18.0.2]:9900", /not an IPv6 address/],
    ["172.18.0.256:9900", /neither a DNS name nor an IPv4 address/],
    ["172.18.2:9900", /neither a DNS name nor an IPv4 address/],
    [".:9900", /neither a DNS name/],
    ["relay..:9900", /neither a DNS name/],
    ["relay..example.com:9900", /neither a DNS name/],
    [".relay.example.com:9900", /neither a DNS name/],
    ["172.18.0.2.:9900", /neither a DNS name nor an IPv4 address/],
    ["-relay:9900", /neither a DNS name/],
    ["user@relay:9900", /neither a DNS name/],
    [`${"a".repeat(64)}:9900`, /neither a DNS name/],
    ["relay:9900:9900", /not a port/],
    ["relay[::1]:9900", /not host:port/],
  ];
  for (const [address, reason] of bad) {
    test(JSON.stringify(address), () => assert.match(relayAddressFault(address) ?? "no fault", reason));
  }
});

describe("over all inputs", () => {
  test("every host with a port in range is accepted", () => {
    const host = fc.oneof(
      fc.domain().filter(isDnsName),
      fc.ipV4(),
      fc.ipV6().map((ip) => `[${ip}]`),
    );
    fc.assert(
      fc.property(host, fc.integer({ min: 1, max: 65535 }), (name, port) => {
        assert.equal(relayAddressFault(`${name}:${port}`), undefined);
      }),
    );
  });

  test("no port out of range is accepted", () => {
    const port = fc.oneof(fc.integer({ max: 0 }), fc.integer({ min: 65536 }), fc.double({ noInteger: true }));
    fc.assert(fc.property(port, (number) => assert.ok(relayAddressFault(`relay:${number}`) !== undefined)));
  });

  test("whatever is accepted can be split into a host without white space and a port", () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."a1.:[]-/ @") }), fc.webUrl());
    fc.assert(
      fc.property(text, (address) => {
        if (relayAddressFault(address) === undefined)
          assert.match(address, /^(\[[0-9a-f:.%a-z]+\]|[a-z0-9._-]+):\d{1,5}$/i);
      }),
    );
  });
});
