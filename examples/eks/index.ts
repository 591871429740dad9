import * as eks from "@pulumi/eks";
import * as pulumi from "@pulumi/pulumi";
import { GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";

const config = new pulumi.Config();

const cluster = new eks.Cluster("prod-eu", {
  vpcId: config.require("vpcId"),
  privateSubnetIds: config.requireObject<string[]>("privateSubnetIds"),
  instanceType: "m5.large",
  desiredCapacity: 2,
});

// Unknown until the cluster exists: the first preview says that the checks of this registration are deferred, and `up` runs them before it writes.
const kubeconfig = pulumi.secret(cluster.kubeconfigJson);

const registration = new GlooMeshRelayRegistration("prod-eu", {
  management: { context: "prod-hub" },
  remote: { kubeconfig },
});

export const clientCertificate = registration.clientCertificate;
