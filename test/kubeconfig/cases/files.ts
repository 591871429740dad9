import { delimiter, join } from "node:path";
import { parse, stringify } from "yaml";
import type { World } from "../world";
import { configOf, type KubeconfigCase, refusedAs, trusted } from "./kubeconfigCase";

const yaml = (w: World) => stringify(JSON.parse(configOf(w)));
const fileCase = (name: string, content: (w: World) => string, more: Partial<KubeconfigCase> = {}): KubeconfigCase => ({
  name,
  content,
  ...more,
});
const extended = (extra: (w: World) => object) => (w: World) => configOf(w, { extra: extra(w) });
const entries = (w: World) =>
  parse(configOf(w)) as Readonly<Record<"clusters" | "users" | "contexts", readonly object[]>>;

export const fileCases: readonly KubeconfigCase[] = [
  fileCase("YAML", yaml),
  fileCase("JSON with indentation", (w) => JSON.stringify(JSON.parse(configOf(w)), undefined, 2)),
  fileCase("JSON with tabs", (w) => JSON.stringify(JSON.parse(configOf(w)), undefined, "\t")),
  fileCase("a BOM", (w) => `\uFEFF${yaml(w)}`),
  fileCase("CRLF", (w) => yaml(w).replaceAll("\n", "\r\n")),
  fileCase("tabs as indentation of YAML", (w) => yaml(w).replace("  - name", "\t- name"), refusedAs(/^GMR102 /)),
  fileCase("several documents", (w) => `${yaml(w)}---\nkind: Other\n`),
  fileCase("the start of a document, and comments", (w) => `# mine\n---\n${yaml(w)}`),
  fileCase(
    "merge keys",
    (w) => `x-defaults: &d\n  token: ${w.token}\n${yaml(w).replace(`      token: ${w.token}`, "      <<: *d")}`,
  ),
  fileCase("an anchor and an alias", (w) =>
    yaml(w).replace("name: c\n", "name: &n c\n").replace("cluster: c\n", "cluster: *n\n"),
  ),
  fileCase("a key twice", (w) => yaml(w).replace("current-context: x", "current-context: y\ncurrent-context: x")),
  fileCase(
    "neither apiVersion nor kind",
    extended(() => ({ apiVersion: undefined, kind: undefined })),
  ),
  fileCase(
    "another kind",
    extended(() => ({ kind: "List" })),
    refusedAs(/^GMR102 .*kind is not Config/),
  ),
  fileCase(
    "another apiVersion",
    extended(() => ({ apiVersion: "v2" })),
    refusedAs(/^GMR102 .*apiVersion is not v1/),
  ),
  fileCase("yes for true", (w) =>
    yaml(w)
      .replace(/certificate-authority-data: .*\n/, "insecure-skip-tls-verify: yes\n")
      .replace(/\n {8,}\S.*(?=\n)/g, ""),
  ),
  fileCase("a list", () => "- a\n- b\n", refusedAs(/^GMR102 /)),
  fileCase("nothing but a comment", () => "# nothing\n", refusedAs(/^GMR103 /)),
  fileCase("nothing", () => "", refusedAs(/^GMR103 /)),
  fileCase("broken YAML", () => "users:\n- {name: a\n", refusedAs(/^GMR102 /)),
  fileCase(
    "clusters that is a map",
    extended(() => ({ clusters: {} })),
    refusedAs(/^GMR102 .*clusters is not a list/),
  ),
  fileCase(
    "users that is null",
    extended(() => ({ users: null })),
    refusedAs(/^GMR115 /),
  ),
  fileCase(
    "no current-context",
    extended(() => ({ "current-context": "" })),
    refusedAs(/^GMR103 .*names no current context/),
  ),
  fileCase(
    "no current-context, and a context",
    extended(() => ({ "current-context": "" })),
    { context: "x" },
  ),
  fileCase(
    "a current-context that is missing",
    extended(() => ({ "current-context": "gone" })),
    refusedAs(/^GMR103 .*no context "gone"/),
  ),
  fileCase("a context that is missing", (w) => configOf(w), {
    context: "gone",
    ...refusedAs(/^GMR103 .*no context "gone"/),
  }),
  fileCase(
    "a context without a cluster",
    extended(() => ({ contexts: [{ name: "x", context: { user: "u" } }] })),
    refusedAs(/^GMR103 .*no cluster/),
  ),
  fileCase(
    "a context of a missing cluster",
    extended(() => ({ contexts: [{ name: "x", context: { cluster: "gone", user: "u" } }] })),
    refusedAs(/^GMR103 .*no cluster/),
  ),
  fileCase(
    "a context of a missing user",
    extended(() => ({ contexts: [{ name: "x", context: { cluster: "c", user: "gone" } }] })),
    refusedAs(/^GMR115 /),
  ),
  fileCase(
    "a context without a user",
    extended(() => ({ contexts: [{ name: "x", context: { cluster: "c" } }] })),
    refusedAs(/^GMR115 /),
  ),
  fileCase("leftovers that the context does not use", (w) => {
    const { clusters, users, contexts } = entries(w);
    return configOf(w, {
      extra: {
        clusters: [
          ...clusters,
          { name: "empty" },
          { name: "half", cluster: { server: "" } },
          { name: "odd", cluster: { server: "::", "proxy-url": "odd:" } },
        ],
        users: [...users, { name: "nobody", user: null }, { name: "half", user: { "client-certificate": "none" } }],
        contexts: [
          ...contexts,
          { name: "empty" },
          { name: "null", context: null },
          { name: "half", context: { user: "gone" } },
        ],
      },
    });
  }),
  fileCase(
    "a name twice in one file",
    extended((w) => ({ users: [...entries(w).users, { name: "u", user: { token: "token-of-u" } }] })),
    refusedAs(/^GMR102 .*users is not a list with each name once/),
  ),
  fileCase(
    "an entry of another kind, unused",
    extended((w) => ({ users: [...entries(w).users, { name: "v", user: { token: 1 } }] })),
    refusedAs(/^GMR102 .*users\[1\]\.user\.token is not a string/),
  ),
  fileCase(
    "preferences and extensions",
    extended(() => ({ preferences: { colors: true }, extensions: [{ name: "a", extension: {} }] })),
  ),
  fileCase(
    "several files",
    (w) => {
      const parts = JSON.parse(configOf(w)) as Record<string, unknown>;
      const first = w.file("parts/a", JSON.stringify({ contexts: parts["contexts"], clusters: parts["clusters"] }));
      const second = w.file("parts/b", JSON.stringify({ users: parts["users"], "current-context": "x" }));
      return [first, join(w.folder, "missing"), second].join(delimiter);
    },
    { isList: true },
  ),
  fileCase(
    "several files, of one name the first counts",
    (w) => {
      const other = { users: [{ name: "u", user: { token: "token-of-u" } }], "current-context": "gone" };
      return [w.file("first/a", configOf(w)), w.file("first/b", JSON.stringify(other))].join(delimiter);
    },
    { isList: true },
  ),
  fileCase(
    "several files, with paths that start at each",
    (w) => {
      w.file("sub/one/ca.crt", w.authority.cert);
      w.file("sub/two/t", w.token);
      const clusters = [{ name: "c", cluster: { server: trusted(w).server, "certificate-authority": "ca.crt" } }];
      const users = [{ name: "u", user: { tokenFile: "./t" } }];
      const contexts = [{ name: "x", context: { cluster: "c", user: "u" } }];
      const one = w.file("sub/one/config", JSON.stringify({ clusters, contexts, "current-context": "x" }));
      return [one, w.file("sub/two/config", JSON.stringify({ users }))].join(delimiter);
    },
    { isList: true },
  ),
  fileCase(
    "several files, one broken",
    (w) => [w.file("broken/a", configOf(w)), w.file("broken/b", "a: [")].join(delimiter),
    { isList: true, ...refusedAs(/^GMR102 /) },
  ),
];
