import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type CertificateExpiry, defaultLeadDays, dueDates } from "../../../../components/certificates/expiry";

const now = new Date("2026-03-01T12:00:00Z");

function ending(notAfter: string, kind: CertificateExpiry["kind"] = "client"): CertificateExpiry {
  return { kind, subject: "CN=cluster-2", fingerprint: "AA:BB", notAfter, where: "Secret gloo-mesh/x" };
}

describe("due dates", () => {
  test("give the days left and the day to act, a month before the end", () => {
    const [due] = dueDates([ending("2026-05-01T12:00:00.000Z")], now);
    assert.equal(defaultLeadDays, 30);
    assert.deepEqual([due?.daysLeft, due?.actBy, due?.due], [61, "2026-04-01", false]);
  });

  test("are due from the day to act on, to the second", () => {
    assert.equal(dueDates([ending("2026-03-31T12:00:00.000Z")], now)[0]?.due, true);
    assert.equal(dueDates([ending("2026-03-31T12:00:01.000Z")], now)[0]?.due, false);
  });

  test("count negative days after the end", () => {
    const [due] = dueDates([ending("2026-02-28T11:00:00.000Z")], now);
    assert.deepEqual([due?.daysLeft, due?.due], [-2, true]);
  });

  test("end at no date that there is not, however early a certificate has ended", () => {
    assert.equal(dueDates([ending("-271821-04-20T00:00:00.000Z")], now)[0]?.due, true);
  });

  test("take another lead time, and put the most urgent first", () => {
    const dues = dueDates([ending("2027-01-01T00:00:00.000Z", "root"), ending("2026-03-05T00:00:00.000Z")], now, 3);
    assert.deepEqual(
      dues.map(({ kind, actBy, due }) => [kind, actBy, due]),
      [
        ["client", "2026-03-02", false],
        ["root", "2026-12-29", false],
      ],
    );
  });
});
