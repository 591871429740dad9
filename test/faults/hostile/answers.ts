import { answers, answersAll, type HostileCase, ok, type places } from "./hostileCase";

// Answers that no API server gives, wherever the doctor reads.

const named = { metadata: { name: "a" } };
const nested = (open: string, close: string, depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;

/** Instead of any object or list. */
const bodies: Readonly<Record<string, string | object | Buffer>> = {
  empty: "",
  null: "null",
  number: "1",
  string: '"x"',
  list: "[]",
  html: "<html>log in</html>",
  "not-utf8": Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  "half-json": '{"metadata": {"name": "a"',
  "deep-lists": nested("[", "]", 200_000),
  "deep-maps": nested('{"a":', "}", 200_000),
  "deep-fields": `{"metadata":{"name":"a"},"spec":${nested('{"a":', "}", 50_000)}}`,
  "many-values": `[${"{},".repeat(3_100_000)}{}]`,
  "without-items": { kind: "List", metadata: {} },
  "items-map": { metadata: {}, items: { a: 1 } },
  "items-text": { metadata: {}, items: "abc" },
  "items-null": { metadata: {}, items: [null, null] },
  "items-numbers": { metadata: {}, items: [1, 2] },
  "items-nameless": { metadata: {}, items: [{ metadata: {} }, { spec: {} }] },
  "items-named-by-number": { metadata: {}, items: [{ metadata: { name: 5 } }] },
  "items-climbing": { metadata: {}, items: [{ metadata: { name: "../../secrets/x" } }, { metadata: { name: ".." } }] },
  status: { kind: "Status", status: "Failure", message: "no" },
  "metadata-list": { metadata: [{ name: "a" }], items: [] },
  prototype: '{"__proto__":{"metadata":{"name":"a"}},"constructor":{"prototype":{"x":1}}}',
};

const anywhere: HostileCase[] = Object.entries(bodies).map(([id, body]) => ({
  id: `hostile/answer/${id}`,
  turn: answersAll(ok(body)),
}));

/** One field of a wrong kind in what is read at one place. */
const odd: Readonly<Partial<Record<keyof typeof places, Readonly<Record<string, object>>>>> = {
  identity: {
    "uid-of-lines": { metadata: { name: "kube-system", uid: "a\nGMR101 b" } },
    "uid-list": { metadata: { name: "kube-system", uid: ["a"] } },
  },
  namespace: {
    "annotations-list": { metadata: { ...named.metadata, annotations: ["a"], labels: "x" } },
    "annotations-numbers": {
      metadata: { ...named.metadata, annotations: { "gloo-mesh-relay-registration/registration": 5 } },
    },
  },
  root: {
    "data-list": { ...named, data: ["a"] },
    "data-numbers": { ...named, data: { "ca.crt": 5 } },
    "fields-null": { metadata: { name: "a", managedFields: [null, { fieldsV1: null }, 5], ownerReferences: {} } },
  },
  client: {
    "times-text": {
      metadata: { name: "a", creationTimestamp: "soon", managedFields: [{ time: "x", fieldsV1: { "f:data": {} } }] },
      data: { "tls.crt": "!!", "tls.key": "", "ca.crt": "AAAA" },
    },
    large: { ...named, data: { "tls.crt": "QUJD".repeat(1_000_000) } },
  },
  deployment: {
    "without-spec": { ...named, status: { observedGeneration: 1 } },
    "spec-text": { ...named, spec: "x", status: "y" },
    "conditions-map": { ...named, spec: {}, status: { conditions: { type: "Progressing" } } },
    "conditions-nulls": { ...named, spec: {}, status: { conditions: [null, 5, { message: 7 }] } },
  },
  pods: {
    "status-text": { metadata: {}, items: [{ ...named, status: "x" }] },
    "containers-map": { metadata: {}, items: [{ ...named, status: { containerStatuses: { name: "x" } } }] },
    "containers-odd": {
      metadata: {},
      items: [
        {
          ...named,
          status: {
            phase: 5,
            conditions: [{}],
            initContainerStatuses: "x",
            containerStatuses: [null, { name: "a&previous=true", state: [], lastState: "x", restartCount: "many" }],
          },
        },
      ],
    },
    "long-message": {
      metadata: {},
      items: [{ ...named, status: { phase: "Failed", reason: "Evicted", message: "a-".repeat(1_000_000) } }],
    },
  },
  events: {
    odd: { metadata: {}, items: [{ ...named, involvedObject: "x", message: {}, series: [], eventTime: 5 }] },
  },
};

const fields: HostileCase[] = Object.entries(odd).flatMap(([place, all]) =>
  Object.entries(all).map(([id, body]) => ({
    id: `hostile/field/${place}-${id}`,
    turn: answers(place as keyof typeof places, ok(body)),
  })),
);

/** Answers without an end. */
const endless: HostileCase[] = [
  ...(["releases", "pods", "deployment"] as const).map((place) => ({
    id: `hostile/endless/pages-of-${place}`,
    turn: answers(place, ok({ metadata: { continue: "again" }, items: [] })),
  })),
  { id: "hostile/endless/log", turn: answers("log", { flood: "no line ends here ".repeat(4000) }) },
  { id: "hostile/endless/lines", turn: answers("log", { flood: "error\n".repeat(10_000) }) },
  {
    id: "hostile/endless/status",
    turn: answersAll({ status: 403, body: { kind: "Status", message: "x".repeat(1e6) } }),
  },
  { id: "hostile/endless/later", turn: answersAll({ status: 429, body: "", headers: { "retry-after": "99999" } }) },
];

export const answerCases: readonly HostileCase[] = [...anywhere, ...fields, ...endless];
