import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Terminal } from "../../../../cli/command";
import { optionOfArgument, parseOptions, usage } from "../../../../cli/doctor/doctorOptions";
import { main } from "../../../../cli/main";

const contexts = ["--management-context", "hub", "--remote-context", "cluster-2"];

describe("the doctor's options", () => {
  test("take one kubeconfig for both clusters, or one for each", () => {
    const both = parseOptions([...contexts, "--kubeconfig", "a"]);
    assert.deepEqual(both.management, { kubeconfig: "a", context: "hub" });
    assert.deepEqual(both.remote, { kubeconfig: "a", context: "cluster-2" });
    const each = parseOptions([...contexts, "--kubeconfig", "a", "--remote-kubeconfig", "b"]);
    assert.deepEqual([each.management.kubeconfig, each.remote.kubeconfig], ["a", "b"]);
  });

  test("leave everything else to the clusters and print a table", () => {
    assert.deepEqual(parseOptions(contexts), {
      "management-context": "hub",
      "remote-context": "cluster-2",
      management: { kubeconfig: undefined, context: "hub" },
      remote: { kubeconfig: undefined, context: "cluster-2" },
      "provided-agent": false,
      "provided-kubernetes-cluster": false,
      "existing-namespace": false,
      "self-registration": false,
      "no-chain-to-root": false,
      all: false,
      "no-color": false,
      generation: undefined,
      output: "table",
      waitSeconds: 0,
      printed: undefined,
    });
  });

  test("set arguments of the component, and the help lists them", () => {
    const settable = [
      "relay.serverAddress",
      "relay.authority",
      "agent.version",
      "agent.repository",
      "namespace.create",
      "clusterName",
    ];
    for (const argument of settable) {
      const option = optionOfArgument(argument);
      assert.ok(option && usage.includes(`  --${option} `), argument);
    }
    for (const argument of ["relay.ingress", "checks.ignore", "constructor"])
      assert.equal(optionOfArgument(argument), undefined);
  });

  test("set the value of an argument; a flag sets one value alone", () => {
    assert.equal(optionOfArgument("namespace.create", "false"), "existing-namespace");
    assert.equal(optionOfArgument("namespace.create", "true"), undefined);
    assert.equal(optionOfArgument("selfRegistration", "true"), "self-registration");
    assert.equal(optionOfArgument("agent.version", "1.0.4"), "agent-version 1.0.4");
    assert.equal(optionOfArgument("checks.ignore", "GMR226"), undefined);
  });

  test("name both contexts when they are missing", () => {
    assert.throws(() => parseOptions([]), /--management-context <name>, --remote-context <name>/);
  });

  test("for a whole management cluster take one context, and none of a single registration", () => {
    const all = ["--management-context", "hub", "--all"];
    assert.equal(parseOptions(all).all, true);
    assert.throws(() => parseOptions([...all, "--remote-context", "a", "--cluster-name", "b"]), {
      message: "not together with --all: --remote-context, --cluster-name",
    });
  });

  test("refuse a time to wait that is no number of seconds", () => {
    assert.equal(parseOptions([...contexts, "--wait", "60"]).waitSeconds, 60);
    for (const wait of ["5m", "-1", "3601", ""])
      assert.throws(() => parseOptions([...contexts, `--wait=${wait}`]), /--wait/, wait);
  });

  test("refuse an unknown form of output", () => {
    assert.throws(() => parseOptions([...contexts, "--output", "yaml"]), /"yaml" is none of table, short, json, junit/);
  });
});

describe("the command line", () => {
  const run = async (...args: string[]) => {
    const [out, err]: [string[], string[]] = [[], []];
    const terminal: Terminal = {
      out: (text) => out.push(text),
      styled: (text) => out.push(text),
      err: (text) => err.push(text),
      columns: undefined,
    };
    return { code: await main(args, terminal), out: out.join("\n"), err: err.join("\n") };
  };

  test("lists its subcommands for --help, and as misuse without a subcommand", async () => {
    const asked = await run("--help");
    assert.deepEqual([asked.code, asked.err], [0, ""]);
    assert.match(asked.out, /^ {2}doctor +\S/m);
    const silent = await run();
    assert.deepEqual([silent.code, silent.out], [2, ""]);
  });

  test("lists the options of a subcommand", async () => {
    const { code, out } = await run("doctor", "--help");
    assert.equal(code, 0);
    assert.match(out, /--management-context <name>/);
  });

  test("ends with 2 for an unknown subcommand, an unknown option and a missing option", async () => {
    for (const args of [["nurse"], ["doctor", "--foo"], ["doctor"]]) {
      const { code, err } = await run(...args);
      assert.equal(code, 2, args.join(" "));
      assert.match(err, /--help/);
    }
  });

  test("ends with 1 and a code for a kubeconfig that does not exist", async () => {
    const { code, out } = await run("doctor", ...contexts, "--kubeconfig", "/nonexistent/kubeconfig");
    assert.equal(code, 1);
    assert.match(out, /^ {4}GMR101 The kubeconfig file cannot be read$/m);
  });

  test("does not print a kubeconfig that is given as content", async () => {
    const content = '{"users":[{"name":"a","user":{"token":"very-secret-token"}}]}';
    const { code, out, err } = await run("doctor", ...contexts, "--kubeconfig", content);
    assert.equal(code, 1);
    assert.doesNotMatch(`${out}${err}`, /very-secret-token/);
  });
});
