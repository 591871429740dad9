import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import { commandsInDocument, commandsInSource, faultOf } from "./commands";
import { documentFiles } from "./documentFiles";

// A command that is copied as it is must not act on whatever cluster the reader's current context means.

const root = repositoryRoot();
const read = (file: string) => readFileSync(join(root, file), "utf8");
const sources = globSync(["index.ts", "components/**/*.ts", "cli/**/*.ts", "stacks/**/*.ts"], { cwd: root })
  .filter((file) => file !== "components/kubernetes/commands.ts")
  .sort();

describe("commands in documents name their cluster and namespace", () => {
  for (const document of documentFiles) {
    testFile(document, () => commandsInDocument(read(document)).flatMap((command) => faultOf(command) ?? []));
  }
});

describe("commands in messages come from components/kubernetes/commands.ts", () => {
  for (const source of sources) testFile(source, () => commandsInSource(source, read(source)));
});

describe("the check of documents", () => {
  const faults = (markdown: string) => commandsInDocument(markdown).flatMap((command) => faultOf(command) ?? []);

  for (const [title, markdown] of [
    ["a code span", "Run `kubectl -n gloo-mesh get pods`."],
    ["a code span across two lines", "Run `kubectl -n gloo-mesh\nget pods`."],
    ["a code block", "```sh\nhelm -n gloo-mesh uninstall enterprise-agent\n```\n"],
    ["a code block in a list", "1. Run:\n\n   ```sh\n   kubectl get nodes -o wide\n   ```\n"],
    ["an indented block", "Run:\n\n    kubectl get nodes -o wide\n"],
    ["the second command of a line", "`kubectl --context a get nodes; kubectl get pods -A`"],
    ["a command with another program's context", "`helm --context a -n b uninstall c`"],
    ["a namespaced object without a namespace", "`kubectl --context a get pods`"],
  ] as const) {
    test(`finds ${title}`, () => assert.equal(faults(markdown).length, 1));
  }

  for (const markdown of [
    "`kubectl --context $REMOTE -n $NS get pods`",
    "`kubectl --context a get namespaces`",
    "`kubectl --context a delete namespace b`",
    "`kubectl --context a get --raw /readyz`",
    "`helm --kube-context a list -A`",
    "`kubectl --kubeconfig <path> config get-contexts`",
    "`kubectl config use-context a`",
    "`helm uninstall`, which fails",
    "with kubectl and helm, or `kubectl` alone",
  ]) {
    test(`accepts ${markdown}`, () => assert.deepEqual(faults(markdown), []));
  }
});

describe("the check of sources", () => {
  for (const source of [
    'const next = "check with: kubectl get nodes";',
    "const next = `kubectl -n $" + "{namespace} get pods`;",
    "const next = `kubectl$" + "{flag} get pods`;",
    'const next = "helm list -A";',
  ]) {
    test(`finds ${source}`, () => assert.equal(commandsInSource("a.ts", source).length, 1));
  }

  for (const source of [
    "// kubectl get nodes",
    'const next = kubectl(access, namespace, "get", "pods");',
    'const cause = "it was installed with helm or meshctl";',
    'const next = "kubectl config get-contexts";',
  ]) {
    test(`accepts ${source}`, () => assert.deepEqual(commandsInSource("a.ts", source), []));
  }
});

function testFile(file: string, faults: () => readonly string[]): void {
  test(file, () => assert.deepEqual(faults(), []));
}
