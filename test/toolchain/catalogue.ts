import type { ToolName } from "./tools";

/** What is known of a tool that somebody has installed. */
export interface Installed {
  /** Arguments that make it print its version. */
  readonly versionArguments: readonly string[];
  /** Oldest version that serves, and the first one that does not any more. */
  readonly minimum: string;
  readonly below?: string;
  /** Page that tells how to install it. */
  readonly installation: string;
}

/** A Go module in a folder beside this file, and how its executables are built. */
export interface BuildStep {
  /** Name of the folder, which holds go.mod and go.sum. */
  readonly folder: string;
  /** Go module whose version in go.mod is the version of the tools. */
  readonly module: string;
  /** Executables and the packages they are built from. */
  readonly packages: Readonly<Partial<Record<ToolName, string>>>;
  /** How long a build took, once, on two cores that also did other work: what to expect at most. */
  readonly busySeconds: number;
  /** Linker flags for a version, behind `-s -w`; the tools learn their own version from them. */
  linkerFlags(version: string): readonly string[];
}

const kubernetesPage = "https://kubernetes.io/releases/download/";
const pulumiPage = "https://www.pulumi.com/docs/install/";

/** `pulumi-language-nodejs` has no entry: it cannot tell its version and is taken only from the folder of `pulumi`. */
export const installed: Readonly<Record<Exclude<ToolName, "pulumi-language-nodejs">, Installed>> = {
  pulumi: { versionArguments: ["version"], minimum: "3.200.0", installation: pulumiPage },
  "kube-apiserver": { versionArguments: ["--version"], minimum: "1.30.0", installation: kubernetesPage },
  "kube-controller-manager": { versionArguments: ["--version"], minimum: "1.30.0", installation: kubernetesPage },
  kubectl: {
    versionArguments: ["version", "--client"],
    minimum: "1.29.0",
    installation: "https://kubernetes.io/docs/tasks/tools/",
  },
  etcd: { versionArguments: ["--version"], minimum: "3.5.0", installation: "https://etcd.io/docs/latest/install/" },
  helm: {
    versionArguments: ["version", "--short"],
    minimum: "3.14.0",
    below: "4.0.0",
    installation: "https://helm.sh/docs/intro/install/",
  },
  // The checks of the workflows in .github; the sandbox itself does not run it.
  actionlint: {
    versionArguments: ["-version"],
    minimum: "1.7.4",
    installation: "https://github.com/rhysd/actionlint/blob/main/docs/install.md",
  },
};

/** Oldest Go that builds the modules, and where to get it. */
export const go = { minimum: "1.26.0", installation: "https://go.dev/doc/install" };

const kubernetesVersion = "k8s.io/component-base/version";

/** The steps, the quick ones first: what goes wrong everywhere shows early. */
export const buildSteps: readonly BuildStep[] = [
  {
    folder: "actionlint",
    busySeconds: 45,
    module: "github.com/rhysd/actionlint",
    packages: { actionlint: "github.com/rhysd/actionlint/cmd/actionlint" },
    linkerFlags: () => [],
  },
  {
    folder: "pulumi-language-nodejs",
    busySeconds: 134,
    module: "github.com/pulumi/pulumi/sdk/v3",
    packages: { "pulumi-language-nodejs": "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs" },
    linkerFlags: () => [],
  },
  {
    folder: "etcd",
    busySeconds: 140,
    module: "go.etcd.io/etcd/server/v3",
    packages: { etcd: "go.etcd.io/etcd/server/v3" },
    linkerFlags: () => [],
  },
  {
    folder: "helm",
    busySeconds: 258,
    module: "helm.sh/helm/v3",
    packages: { helm: "helm.sh/helm/v3/cmd/helm" },
    linkerFlags: (version) => [`-X helm.sh/helm/v3/internal/version.version=v${version}`],
  },
  {
    folder: "pulumi",
    busySeconds: 244,
    module: "github.com/pulumi/pulumi/pkg/v3",
    packages: { pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
    linkerFlags: (version) => [`-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`],
  },
  {
    folder: "kubernetes",
    busySeconds: 352,
    module: "k8s.io/kubernetes",
    packages: {
      "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
      "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
      kubectl: "k8s.io/kubernetes/cmd/kubectl",
    },
    linkerFlags: (version) => {
      const [major, minor] = version.split(".");
      return [
        `-X ${kubernetesVersion}.gitVersion=v${version}`,
        `-X ${kubernetesVersion}.gitMajor=${major}`,
        `-X ${kubernetesVersion}.gitMinor=${minor}`,
      ];
    },
  },
];
