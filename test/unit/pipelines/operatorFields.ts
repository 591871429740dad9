// Field names and types of `pulumi.com/v1`, kind Stack, as the CRD of Pulumi Kubernetes Operator 2.9.0 (2026-07-29) has them:
// github.com/pulumi/pulumi-kubernetes-operator, tag v2.9.0, deploy/crds/pulumi.com_stacks.yaml. The API server refuses or drops a field that the CRD lacks.
// All fields of `spec` are here; of the groups below it those that the example uses are open, and the others are of any form.

const text = { type: "string" };
const flag = { type: "boolean" };
const integer = { type: "integer" };
const anyObject = { type: "object" };
const texts = { type: "array", items: text };

/** An object with these fields and no others. */
function closed(properties: Readonly<Record<string, object>>, required: readonly string[] = []): object {
  return { type: "object", additionalProperties: false, properties, required };
}

const resourceRef = closed(
  {
    type: { enum: ["Env", "FS", "Secret", "Literal"] },
    env: closed({ name: text }, ["name"]),
    filesystem: closed({ path: text }, ["path"]),
    literal: closed({ value: text }, ["value"]),
    secret: closed({ key: text, name: text, namespace: text }, ["key", "name"]),
  },
  ["type"],
);

const prerequisite = closed({ name: text, requirement: closed({ succeededWithinDuration: text }) }, ["name"]);

const workspaceSpec = closed({
  env: { type: "array" },
  envFrom: { type: "array" },
  flux: anyObject,
  git: anyObject,
  image: text,
  imagePullPolicy: text,
  local: anyObject,
  // Kubernetes' own PodTemplateSpec.
  podTemplate: closed({ metadata: anyObject, spec: anyObject }),
  projectInfo: anyObject,
  pulumiLogLevel: integer,
  resources: anyObject,
  securityProfile: text,
  serviceAccountName: text,
  serviceTemplate: anyObject,
  stacks: { type: "array" },
});

const spec = closed(
  {
    accessTokenSecret: text,
    backend: text,
    branch: text,
    commit: text,
    config: {},
    configRef: anyObject,
    continueResyncOnCommitMatch: flag,
    destroyOnFinalize: flag,
    envRefs: { type: "object", additionalProperties: resourceRef },
    envSecrets: texts,
    environment: texts,
    envs: texts,
    expectNoRefreshChanges: flag,
    fluxSource: anyObject,
    gitAuth: anyObject,
    gitAuthSecret: text,
    prerequisites: { type: "array", items: prerequisite },
    preview: flag,
    programRef: anyObject,
    projectRepo: text,
    refresh: flag,
    repoDir: text,
    resyncFrequencySeconds: integer,
    retryMaxBackoffDurationSeconds: integer,
    retryOnUpdateConflict: flag,
    runProgram: flag,
    secrets: { type: "object", additionalProperties: text },
    secretsProvider: text,
    secretsRef: { type: "object", additionalProperties: resourceRef },
    serviceAccountName: text,
    shallow: flag,
    stack: text,
    targetDependents: flag,
    targets: texts,
    updateTemplate: anyObject,
    useLocalStackOnly: flag,
    workspaceReclaimPolicy: text,
    workspaceTemplate: closed({
      apiVersion: text,
      kind: text,
      metadata: anyObject,
      spec: workspaceSpec,
      status: anyObject,
    }),
  },
  ["stack"],
);

/** JSON schema of a Stack. */
export const stackSchema = closed(
  { apiVersion: { const: "pulumi.com/v1" }, kind: { const: "Stack" }, metadata: anyObject, spec },
  ["apiVersion", "kind", "metadata", "spec"],
);
