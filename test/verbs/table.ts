// What each resource option and command of Pulumi does to a registration. docs/reference/verbs.md shows the table, and each row is run on the sandbox.

export interface Verb {
  /** As a user writes it. */
  readonly verb: string;
  /** What both clusters and the state are like afterwards. */
  readonly end: string;
}

const stays = "Registered and proven; nothing on the clusters is deleted.";
const neededAgain = "The next `up` adopts what is on the clusters, with its certificate and without a restart.";

export const verbs = {
  "replace-preparation": { verb: "`pulumi up --replace` of the preparation", end: stays },
  "replace-namespace": { verb: "`pulumi up --replace` of the namespace", end: stays },
  "replace-root": { verb: "`pulumi up --replace` of the root CA Secret", end: stays },
  "replace-token": { verb: "`pulumi up --replace` of the bootstrap token", end: `${stays} No token stays.` },
  "replace-cluster": { verb: "`pulumi up --replace` of the KubernetesCluster", end: stays },
  "replace-agent": {
    verb: "`pulumi up --replace` of the agent",
    end: "Registered and proven. Pulumi uninstalls the agent before it installs it again: the preview says so (GMR318).",
  },
  "replace-certificate": { verb: "`pulumi up --replace` of the client certificate", end: `${stays} Proven again.` },
  "replace-validation": {
    verb: "`pulumi up --replace` of the validation command",
    end: `${stays} The command runs again.`,
  },
  "replace-provider": {
    verb: "`pulumi up --replace` of the remote cluster's Kubernetes provider",
    end: "Registered and proven. The agent is installed again, as with its own replacement.",
  },
  "replace-hub-provider": { verb: "`pulumi up --replace` of the management cluster's Kubernetes provider", end: stays },
  "taint-cluster": { verb: "`pulumi state taint` of the KubernetesCluster, then `up`", end: stays },
  "move-without-alias": {
    verb: "Another parent, without an alias",
    end: "The preview and `up` fail before the first write and print the alias to add.",
  },
  "move-with-alias": { verb: "Another parent, with the alias `{ parent: pulumi.rootStackResource }`", end: stays },
  "move-with-urn": { verb: "Another name, with its URN as the alias, or an Output of it", end: stays },
  "move-parent": { verb: "A parent with another name, which has an alias", end: stays },
  "move-parent-type": {
    verb: 'A parent with another type token, which has the alias `{ type: "<former type>" }`',
    end: stays,
  },
  "stack-rename": {
    verb: "`pulumi stack rename`, then `up`",
    end: 'Refused like a move without an alias. With the alias `{ stack: "<former name>" }`: registered and proven.',
  },
  "project-rename": {
    verb: "`pulumi stack rename <organization>/<project>/<stack>` and another `name` in Pulumi.yaml, then `up`",
    end: 'Refused like a move without an alias. With the alias `{ project: "<former name>" }`: registered and proven.',
  },
  "state-move": {
    verb: "`pulumi state move` of the component to another stack, then `up` of that stack",
    end: 'Refused like a move without an alias. With the alias `{ stack: "<previous stack>" }`: registered and proven; `up` of the previous stack changes nothing.',
  },
  "state-protect": {
    verb: "`pulumi state protect` of a child, or of the component",
    end: "`destroy` fails at it, with what it says for `protect`. `up` takes the protection off, as the program says, and `pulumi state unprotect` does so too.",
  },
  "state-repair": { verb: "`pulumi state repair`", end: "Nothing changes." },
  "state-upgrade": {
    verb: "`pulumi state upgrade`",
    end: "Nothing changes: a state in files or in a bucket gets its present form.",
  },
  "state-rename": {
    verb: "`pulumi state rename` of the component and the new name in the program",
    end: "Refused: Pulumi renames the component alone, while the names of its children begin with its own ([docs#16585](https://github.com/pulumi/docs/issues/16585)). Rename it back in the state, and rename it in the program with an alias.",
  },
  "export-import": { verb: "`pulumi stack export | pulumi stack import`", end: "Nothing changes." },
  "delete-agent": {
    verb: "`pulumi state delete` of the agent and what depends on it",
    end: "The preview says how the state gets it back (GMR318); `up` then takes it over without a restart. Until then Helm refuses: `cannot re-use a name`.",
  },
  "import-child": {
    verb: "`pulumi import` of a child that the state has lost, with `--parent` and `--provider`",
    end: "Registered and proven without a restart. The resources of this package (`pulumi-nodejs:dynamic/…`) cannot be imported ([pulumi#16175](https://github.com/pulumi/pulumi/issues/16175)).",
  },
  "import-other": {
    verb: "`pulumi import` of an object of the registration as another resource",
    end: "Two resources of one object: Pulumi protects what it imports, and both `up` and `destroy` fail until `pulumi state delete` has forgotten it.",
  },
  "delete-all": { verb: "`pulumi state delete` of the whole registration, then `up`", end: neededAgain },
  target: { verb: "`pulumi up --target` of another resource", end: "The registration is left as it is." },
  "target-refresh": {
    verb: "`pulumi up --refresh --target` of a child or of another resource",
    end: "Nothing changes where nothing has changed. With `--target` of the component and `--target-dependents` Pulumi fails (`unknown provider`), since the providers are not among the targets ([pulumi#14238](https://github.com/pulumi/pulumi/pull/14238)).",
  },
  "destroy-target": {
    verb: "`pulumi destroy --target` of the component, with `--target-dependents`",
    end: "Deregistered; other resources stay.",
  },
  "destroy-child": {
    verb: "`pulumi destroy --target` of the KubernetesCluster, with `--target-dependents`",
    end: `Pulumi uninstalls the agent, which depends on it, and forgets the others; they stay on the clusters. ${neededAgain.replace(" and without a restart", "")}`,
  },
  exclude: { verb: "`pulumi up --exclude` of the component", end: "The registration is left as it is." },
  plan: { verb: "`pulumi preview --save-plan`, then `up --plan`", end: "As the plan says." },
  refresh: { verb: "`pulumi refresh`, `pulumi up --refresh`", end: "Nothing changes where nothing has changed." },
  protect: { verb: "`protect: true`", end: "`destroy` fails before the first delete." },
  "protect-child": {
    verb: "`protect: true` for one child, by a transform",
    end: "`destroy` fails at this child; the preview says so before. The next `up` registers again what was deleted until then.",
  },
  retain: {
    verb: "`retainOnDelete: true`, and the component is removed from the program",
    end: `The registration runs on. Declared again: ${neededAgain.charAt(0).toLowerCase()}${neededAgain.slice(1)}`,
  },
  "retain-child": {
    verb: "`retainOnDelete: true` for the agent, by a transform, then `destroy`",
    end: "Deregistered: the agent is uninstalled all the same, as its namespace goes.",
  },
  "deleted-with": {
    verb: "`deletedWith`, of the component or inherited from a parent",
    end: "Deregistered, whatever else is deleted: a registration is on two clusters, and no deletion of one removes what is on the other.",
  },
  "depends-on": {
    verb: "`dependsOn`",
    end: "The first write waits for it. The checks run at once.",
  },
  "own-options": {
    verb: "`ignoreChanges`, `replaceOnChanges`, `customTimeouts`, `deleteBeforeReplace`, `additionalSecretOutputs`, `version`, `pluginDownloadURL`",
    end: "Nothing changes: Pulumi does not pass them on to children ([pulumi#9877](https://github.com/pulumi/pulumi/issues/9877)). A transform can set them for one child.",
  },
  hooks: {
    verb: "`hooks`",
    end: "They run for the component itself, after or before the children. With a hook for its delete, `destroy` needs `--run-program` and fails before the first delete without it.",
  },
  "replace-first": {
    verb: "`deleteBeforeReplace: true` for the KubernetesCluster, by a transform, and `--replace`",
    end: stays,
  },
  "transforms-annotations": {
    verb: "`transforms` that replace the annotations of an object",
    end: "The preview fails (GMR321), and with it `up`.",
  },
  "transforms-unpreviewed": {
    verb: "`transforms` that take off a mark or rename an object, and `up --skip-preview`",
    end: "It fails before it writes the object, if the component has the transform; `destroy` removes what was written until then. What a transform of a parent or of the stack changes is written: [lost marks](#lost-marks).",
  },
  "transforms-names": {
    verb: "`transforms` that give an object another name or namespace",
    end: "The preview fails (GMR326), and with it `up`.",
  },
  transformations: { verb: "`transformations` that add a label to each object", end: "As with `transforms`." },
  transforms: { verb: "`transforms` that add a label to each object", end: "Registered and proven, with the label." },
  "run-program": {
    verb: "`pulumi destroy --run-program`",
    end: "Deregistered: nothing of it is left on either cluster.",
  },
} as const satisfies Readonly<Record<string, Verb>>;

export type VerbId = keyof typeof verbs;

/** The rows that `npm test -- verbs` runs: those that once ended with a cluster that was not as the state said. The others run with VERBS=full. */
export const sampled: ReadonlySet<VerbId> = new Set([
  "move-without-alias",
  "move-with-alias",
  "transforms-annotations",
  "retain",
  "destroy-target",
  "replace-cluster",
  "replace-agent",
  "delete-agent",
  "state-move",
]);
