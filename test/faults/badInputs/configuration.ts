/** What a stack's configuration says wrongly. It is read before anything is declared. */
export interface BadConfiguration {
  readonly id: string;
  /** In the form in which the program gets it; beside a management context. */
  readonly values: Readonly<Record<string, string>>;
  /** The keys that are told. */
  readonly keys: readonly string[];
}

const content = "apiVersion: v1\nkind: Config\n";
const one = (settings: unknown) => JSON.stringify({ "cluster-2": settings });

export const badConfigurations: readonly BadConfiguration[] = [
  { id: "context-missing", values: { management: "{}" }, keys: ["management.context"] },
  { id: "context-empty", values: { management: '{"context": ""}' }, keys: ["management.context"] },
  { id: "management-text", values: { management: "hub" }, keys: ["management"] },
  { id: "management-unknown", values: { management: '{"context": "a", "contxt": "b"}' }, keys: ["management.contxt"] },
  { id: "clusters-text", values: { clusters: "cluster-2" }, keys: ["clusters"] },
  { id: "clusters-list", values: { clusters: '["cluster-2"]' }, keys: ["clusters"] },
  { id: "clusters-null", values: { clusters: "null" }, keys: ["clusters"] },
  { id: "clusters-half", values: { clusters: '{"cluster-2": {' }, keys: ["clusters"] },
  { id: "cluster-without-name", values: { clusters: '{"": {}}' }, keys: ["clusters"] },
  { id: "cluster-null", values: { clusters: one(null) }, keys: ["clusters.cluster-2"] },
  { id: "cluster-named-as-the-hub", values: { clusters: '{"management": {}}' }, keys: ["clusters.management"] },
  { id: "setting-unknown", values: { clusters: one({ contxt: "a" }) }, keys: ["clusters.cluster-2.contxt"] },
  {
    id: "setting-of-every-object",
    values: { clusters: one({ toString: "a" }) },
    keys: ["clusters.cluster-2.toString"],
  },
  {
    id: "setting-prototype",
    values: { clusters: '{"cluster-2": {"__proto__": {"context": "a"}}}' },
    keys: ["clusters.cluster-2.__proto__"],
  },
  { id: "setting-with-dot", values: { clusters: one({ "a.b": 1 }) }, keys: ['clusters.cluster-2["a.b"]'] },
  {
    id: "number-in-quotes",
    values: { clusters: one({ proof: { timeoutSeconds: "60" } }) },
    keys: ["clusters.cluster-2.proof.timeoutSeconds"],
  },
  {
    id: "boolean-in-quotes",
    values: { clusters: one({ namespace: { create: "false" } }) },
    keys: ["clusters.cluster-2.namespace.create"],
  },
  { id: "map-as-text", values: { clusters: one({ relay: "a:1" }) }, keys: ["clusters.cluster-2.relay"] },
  {
    id: "values-as-list",
    values: { clusters: one({ agent: { values: [1] } }) },
    keys: ["clusters.cluster-2.agent.values"],
  },
  {
    id: "list-as-text",
    values: { clusters: one({ checks: { ignore: "GMR226" } }) },
    keys: ["clusters.cluster-2.checks.ignore"],
  },
  {
    id: "list-of-maps",
    values: { clusters: one({ checks: { ignore: [{ code: "GMR226" }] } }) },
    keys: ["clusters.cluster-2.checks.ignore"],
  },
  { id: "defaults-text", values: { defaults: "a" }, keys: ["defaults"] },
  { id: "defaults-unknown", values: { defaults: '{"wav": 1}' }, keys: ["defaults.wav"] },
  {
    id: "seconds-word",
    values: { defaults: '{"agent": {"abandonedAfterSeconds": "soon"}}' },
    keys: ["defaults.agent.abandonedAfterSeconds"],
  },
  { id: "kubeconfig-in-plain-text", values: { kubeconfig: content }, keys: ["kubeconfig"] },
  {
    id: "kubeconfig-of-a-cluster-in-plain-text",
    values: { clusters: one({ remote: { kubeconfig: content } }) },
    keys: ["clusters.cluster-2.remote.kubeconfig"],
  },
  {
    id: "several",
    values: { clusters: '{"a": {"wave": "1"}, "b": []}', defaults: "[]" },
    keys: ["defaults", "clusters.a.wave", "clusters.b"],
  },
];
