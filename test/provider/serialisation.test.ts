import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { OperationsName } from "../../components/dynamic/provider";
import { serialise } from "../support/dynamicProvider";

// The text that Pulumi keeps in its state with every dynamic resource.

for (const name of ["preparation", "bootstrapToken", "clientCertificate"] satisfies OperationsName[]) {
  describe(`the serialised ${name}`, () => {
    test("is small and the same each time", async () => {
      const text = await serialise(name);
      assert.ok(text.length < 4096, `${text.length} characters`);
      assert.equal(await serialise(name), text);
    });

    test("holds the bridge and nothing of the work, of this machine or of a kubeconfig", async () => {
      const text = await serialise(name);
      assert.match(text, /gloo-mesh-relay-registration\/operations/);
      assert.ok(!text.includes(process.cwd()) && !text.includes(__dirname));
      assert.doesNotMatch(
        text,
        /kubeconfig|certificate-authority|PRIVATE KEY|client-node|RegistrationError|\/home\/|\/tmp\//,
      );
    });
  });
}
