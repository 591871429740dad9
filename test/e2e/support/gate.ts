import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import * as k8s from "@kubernetes/client-node";
import type { Credential } from "../../sandbox/controlplane";
import type { SandboxCluster } from "../../sandbox/sandbox";

const name = "gate";

/**
 * Holds up one kind of request at the API server until it is opened: an admission webhook that does not answer. So a test
 * can act at an exact point of what somebody else does, such as in the middle of a Helm operation.
 */
export class Gate {
  /** Resolves when the first request waits. */
  readonly arrived: Promise<void>;
  private readonly server: Server;
  private readonly waiting: (() => void)[] = [];
  private isOpen = false;

  private constructor(
    private readonly cluster: SandboxCluster,
    { cert, key }: Credential,
  ) {
    let arrive: () => void = () => undefined;
    this.arrived = new Promise((resolve) => {
      arrive = resolve;
    });
    this.server = createServer({ cert, key }, async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const review = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { request: { uid: string } };
      const answer = () => {
        response.setHeader("content-type", "application/json");
        const content = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" };
        response.end(JSON.stringify({ ...content, response: { uid: review.request.uid, allowed: true } }));
      };
      if (this.isOpen) return answer();
      this.waiting.push(answer);
      arrive();
    });
  }

  /** Holds up new Deployments, from now until {@link open}; longer than 30 s the API server does not wait. */
  static async forNewDeployments(cluster: SandboxCluster): Promise<Gate> {
    const gate = new Gate(cluster, await cluster.plane.issueServingCertificate({ ips: ["127.0.0.1"] }));
    await new Promise<void>((resolve) => gate.server.listen({ host: "127.0.0.1", port: 0 }, resolve));
    gate.server.unref(); // a test that fails before it opens the gate must not keep its process
    const { port } = gate.server.address() as AddressInfo;
    await gate.admission().createValidatingWebhookConfiguration({
      body: {
        metadata: { name },
        webhooks: [
          {
            name: "gate.sandbox.local",
            admissionReviewVersions: ["v1"],
            sideEffects: "None",
            failurePolicy: "Ignore",
            timeoutSeconds: 30,
            clientConfig: {
              url: `https://127.0.0.1:${port}/`,
              caBundle: Buffer.from(cluster.plane.certificateAuthority).toString("base64"),
            },
            rules: [{ apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["deployments"] }],
          },
        ],
      },
    });
    return gate;
  }

  /** Lets everything pass and takes the gate away. */
  async open(): Promise<void> {
    this.isOpen = true;
    for (const answer of this.waiting.splice(0)) answer();
    await this.admission().deleteValidatingWebhookConfiguration({ name });
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    await closed;
  }

  private admission(): k8s.AdmissionregistrationV1Api {
    return this.cluster.kubeConfig.makeApiClient(k8s.AdmissionregistrationV1Api);
  }
}
