import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type OperationsName, providerText } from "../../../../components/registration/providerText";

// The text that Pulumi keeps in its state with every dynamic resource.

for (const name of ["preparation", "bootstrapToken", "clientCertificate"] satisfies OperationsName[]) {
  describe(`the provider text of ${name}`, () => {
    test("is small", () => {
      const { length } = providerText(name);
      assert.ok(length < 2560, `${length} characters`);
    });

    test("holds the bridge and nothing of the work, of this machine or of a kubeconfig", () => {
      const text = providerText(name);
      assert.match(text, /gloo-mesh-relay-registration\/operations/);
      assert.ok(!text.includes(process.cwd()) && !text.includes(__dirname));
      assert.doesNotMatch(
        text,
        /kubeconfig|certificate-authority|PRIVATE KEY|client-node|RegistrationError|\/home\/|\/tmp\//,
      );
    });
  });
}
