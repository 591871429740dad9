import * as pulumi from "@pulumi/pulumi";

// In your program: new eks.Cluster("payments").kubeconfigJson, or what your provider calls it.
export const kubeconfig = new pulumi.Config().requireSecret("kubeconfig");
