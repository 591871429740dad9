import * as pulumi from "@pulumi/pulumi";

// In your program: new eks.Cluster("payments").kubeconfigJson, or the output of your cluster's provider.
export const kubeconfig = new pulumi.Config().requireSecret("kubeconfig");
