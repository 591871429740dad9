/**
 * What examples/eks uses of `@pulumi/eks` 4.3.0 (cluster.d.ts), since the package itself brings the types of all of AWS. Each name and type is that of the package.
 */
export const eksTypes = `declare module "@pulumi/eks" {
  import * as pulumi from "@pulumi/pulumi";

  interface ClusterOptions {
    desiredCapacity?: pulumi.Input<number>;
    instanceType?: pulumi.Input<string>;
    privateSubnetIds?: pulumi.Input<pulumi.Input<string>[]>;
    vpcId?: pulumi.Input<string>;
  }

  class Cluster extends pulumi.ComponentResource {
    readonly kubeconfigJson: pulumi.Output<string>;
    constructor(name: string, args?: ClusterOptions, opts?: pulumi.ComponentResourceOptions);
  }
}
`;
