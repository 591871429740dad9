import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { isSecret, type ProgramResult, reveal, runProgram, unknownValue } from "./scenario";
import { startApi, startHub } from "./world";

// Which chart, repository and credentials the agent's release gets. Not proven here: that Helm finds the chart; see
// test/sandbox-tests/privateCharts.test.ts.

const secret = "never-shown";
const name = "cluster-2";

/** One program with a registration for each group of arguments `agent`: a program takes seconds to load. */
async function run(
  context: { after(clean: () => Promise<void>): void },
  agents: Readonly<Record<string, object>>,
  preview = false,
): Promise<ProgramResult> {
  const hub = await startHub(context);
  const remotes = await Promise.all(
    Object.keys(agents).map(async (name) => [name, (await startApi(context, name)).access] as const),
  );
  return runProgram({
    clusters: { management: hub.access, ...Object.fromEntries(remotes) },
    registrations: Object.fromEntries(
      Object.entries(agents).map(([name, agent]) => [
        name,
        { management: "management", remote: name, args: { agent: { version: "1.0.4", ...agent } } },
      ]),
    ),
    preview,
  });
}

function agentOf({ resources, errors }: ProgramResult, registration: string): Readonly<Record<string, unknown>> {
  const found = resources.find((resource) => resource.name === `${registration}-agent`);
  assert.ok(found, errors.join("\n"));
  return found.inputs;
}

const login = { repositoryUsername: "robot", repositoryPassword: secret };

describe("the agent's release", () => {
  let result: ProgramResult;
  const cleaning: (() => Promise<void>)[] = [];
  before(async () => {
    result = await run(
      { after: (clean) => cleaning.push(clean) },
      {
        folder: { chart: "./charts/enterprise-agent", ...login, repositoryCaFile: "ca.pem" },
        archive: { chart: "/srv/enterprise-agent-1.0.4.tgz", repository: "https://charts.example" },
        registry: { repository: "oci://registry.example/charts/", repositoryCaFile: "ca.pem", ...login },
        open: { repository: "oci://registry.example/charts" },
        reference: { chart: "oci://registry.example/own/agent", ...login },
        private: { repository: "https://charts.example", repositoryCaFile: "ca.pem", ...login },
        given: {
          repository: "https://charts.example",
          repositoryUsername: { $secret: "robot" },
          repositoryPassword: { $secret: secret },
        },
        empty: { repository: "https://charts.example", repositoryUsername: "", repositoryPassword: "" },
      },
    );
    await Promise.all(cleaning.map((clean) => clean()));
  });

  test("has no repository for a chart on this machine, and none of its credentials", () => {
    assert.deepEqual(result.errors, []);
    for (const [registration, chart] of [
      ["folder", "./charts/enterprise-agent"],
      ["archive", "/srv/enterprise-agent-1.0.4.tgz"],
    ] as const) {
      const { chart: declared, repositoryOpts } = agentOf(result, registration);
      assert.deepEqual([declared, repositoryOpts], [chart, undefined]);
    }
  });

  test("has one reference for a chart in a registry", () => {
    const { chart, version, repositoryOpts } = agentOf(result, "registry");
    assert.deepEqual([chart, version], ["oci://registry.example/charts/enterprise-agent", "1.0.4"]);
    const { password, ...others } = repositoryOpts as Record<string, unknown>;
    assert.deepEqual(others, { caFile: "ca.pem", username: "robot" });
    assert.ok(isSecret(password));
    assert.equal(reveal(password), secret);
    const open = agentOf(result, "open");
    assert.deepEqual(
      [open["chart"], open["repositoryOpts"]],
      ["oci://registry.example/charts/enterprise-agent", undefined],
    );
    const reference = agentOf(result, "reference");
    assert.equal(reference["chart"], "oci://registry.example/own/agent");
    assert.deepEqual(Object.keys(reference["repositoryOpts"] as object).sort(), ["password", "username"]);
  });

  test("has user, password and CA of a private repository, the password as a secret", () => {
    const { chart, repositoryOpts } = agentOf(result, "private");
    const { password, ...others } = repositoryOpts as Record<string, unknown>;
    assert.equal(chart, "enterprise-agent");
    assert.deepEqual(others, { repo: "https://charts.example", caFile: "ca.pem", username: "robot" });
    assert.ok(isSecret(password));
    const given = agentOf(result, "given")["repositoryOpts"] as Record<string, unknown>;
    assert.ok(isSecret(given["username"]) && isSecret(given["password"]));
    assert.deepEqual(agentOf(result, "empty")["repositoryOpts"], { repo: "https://charts.example" });
  });

  test("is the only place with the password, and it makes nothing else secret", () => {
    const others = result.resources.map(({ inputs: { repositoryOpts, ...inputs } }) => inputs);
    assert.ok(!JSON.stringify({ ...result, resources: others }).includes(secret));
    assert.deepEqual(result.secretOutputs, []);
  });
});

test("credentials that a preview does not know yet defer no check", async (context) => {
  const unknown = { repositoryUsername: "robot", repositoryPassword: { $unknown: "password" } };
  const result = await run(context, { [name]: { repository: "https://charts.example", ...unknown } }, true);
  assert.deepEqual(result.errors, []);
  const { password } = agentOf(result, name)["repositoryOpts"] as Record<string, unknown>;
  assert.equal(reveal(password), unknownValue);
  assert.ok(!result.infos.some((info) => info.startsWith("checks deferred")), result.infos.join("\n"));
});

test("credentials in a URL, and a user without a password, are refused before the first write", async (context) => {
  const result = await run(context, {
    repository: { repository: `https://robot:${secret}@charts.example` },
    registry: { repository: `oci://robot:${secret}@registry.example/charts`, ...login },
    chart: { chart: `https://charts.example/agent.tgz?token=${secret}` },
    user: { repositoryUsername: "robot" },
    password: { repositoryUsername: "", repositoryPassword: { $secret: secret } },
  });
  assert.deepEqual(
    result.resources.filter(({ type }) => type.startsWith("kubernetes:")),
    [],
  );
  const url = (argument: string, found: string) =>
    `GMR014 The URL of the agent's chart cannot be used — [agent.${argument}] — it contains ${found}, which Pulumi's state, messages and logs would show — remove it from the URL, and set [agent.repositoryUsername] and [agent.repositoryPassword]`;
  const pair = (argument: string) =>
    `GMR008 User and password of the chart's repository are not both set — [agent.${argument}] — Helm sends neither without the other — set [agent.repositoryUsername] and [agent.repositoryPassword], or neither`;
  assert.deepEqual(
    [...result.errors].sort(),
    [
      pair("repositoryPassword"),
      pair("repositoryUsername"),
      url("chart", "a query"),
      url("repository", "a user or password"),
    ].sort(),
  );
  assert.ok(!JSON.stringify(result).includes(secret));
});
