import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import {
  checkProvidedSecrets,
  checkSecretNamespaces,
} from "../../../../../components/preflight/remote/providedSecrets";
import type { UsedSecret } from "../../../../../components/preflight/remote/usedSecrets";
import { createRootAuthority } from "../../../../sandbox/relay";
import type { CertificateAuthority } from "../../../../sandbox/relay/certificates";
import { secret, status } from "../../../../support/fakeKubeApi";
import { startApi } from "./world";

const at = (name: string) => `/api/v1/namespaces/gloo-mesh/secrets/${name}`;
const provided = { origin: "provided", namespace: "gloo-mesh" } as const;
const root: UsedSecret = { ...provided, kind: "root", name: "root" };
const token: UsedSecret = { ...provided, kind: "token", name: "token", key: "my-token" };
const client: UsedSecret = { ...provided, kind: "certificate", name: "client" };

let authority: CertificateAuthority;
before(async () => {
  authority = await createRootAuthority();
});

describe("GMR313: Secrets that the user provides", () => {
  test("nothing when all are there", async (context) => {
    const { api, client: kubernetes } = await startApi(context);
    api.store.put(at("root"), secret({ "ca.crt": authority.certificatePem }));
    api.store.put(at("token"), secret({ "my-token": "t" }));
    api.store.put(at("client"), secret({ "tls.crt": "c", "tls.key": "k", "ca.crt": "a" }));
    assert.deepEqual(await checkProvidedSecrets(kubernetes, [root, token, client], new Date()), []);
  });

  test("missing ones: errors, and a warning for the client certificate, which may come later", async (context) => {
    const { client: kubernetes } = await startApi(context);
    const findings = await checkProvidedSecrets(kubernetes, [root, token, client], new Date());
    assert.deepEqual(
      findings.map(({ code, severity }) => `${code} ${severity}`),
      ["GMR313 error", "GMR313 error", "GMR313 warning"],
    );
    for (const finding of findings) assert.equal(finding.cause, "it does not exist");
  });

  test("useless ones, and what is in them is not told", async (context) => {
    const { api, client: kubernetes } = await startApi(context);
    api.store.put(at("root"), secret({ "ca.crt": authority.privateKeyPem() }));
    api.store.put(at("token"), secret({ token: "the-secret-token", "my-token": " \n" }));
    api.store.put(at("client"), secret({ "tls.crt": "c" }));
    const findings = await checkProvidedSecrets(kubernetes, [root, token, client], new Date());
    assert.deepEqual(
      findings.map(({ cause }) => cause),
      ["ca.crt: it holds no certificate in PEM form", "it has an empty my-token", "it lacks tls.key, ca.crt"],
    );
    const told = JSON.stringify(findings);
    for (const hidden of ["PRIVATE KEY", "the-secret-token"]) assert.ok(!told.includes(hidden));
  });

  test("nothing of Secrets that others write", async (context) => {
    const { client: kubernetes } = await startApi(context);
    const written: UsedSecret[] = [
      { ...root, origin: "declared" },
      { ...client, origin: "agent" },
    ];
    assert.deepEqual(await checkProvidedSecrets(kubernetes, written, new Date()), []);
  });

  test("a key that is not there", async (context) => {
    const { api, client: kubernetes } = await startApi(context);
    api.store.put(at("token"), secret({ token: "t" }));
    const [finding] = await checkProvidedSecrets(kubernetes, [token], new Date());
    assert.equal(finding?.cause, "it has no my-token");
  });
});

describe("GMR314: namespaces of Secrets", () => {
  const places = [
    { name: "a", namespace: "gloo-mesh" },
    { name: "b", namespace: "pki" },
    { name: "c", namespace: "pki" },
  ];

  test("one that does not exist is told once, with its Secrets; the agent's is not looked at", async (context) => {
    const { client: kubernetes } = await startApi(context);
    const [finding, ...more] = await checkSecretNamespaces(kubernetes, places, "gloo-mesh");
    assert.equal(more.length, 0);
    assert.deepEqual([finding?.code, finding?.severity], ["GMR314", "error"]);
    assert.match(finding?.where ?? "", /Secret pki\/b, pki\/c/);
  });

  test("nothing for one that exists, and for one that must not be looked at", async (context) => {
    const { api, client: kubernetes } = await startApi(context);
    api.store.put("/api/v1/namespaces/pki", { kind: "Namespace" });
    assert.deepEqual(await checkSecretNamespaces(kubernetes, places, "gloo-mesh"), []);
    api.intervene = () => status(403, "Forbidden");
    assert.deepEqual(await checkSecretNamespaces(kubernetes, places, "gloo-mesh"), []);
  });
});
