import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { parseOptions } from "../../../cli/doctor/doctorOptions";
import { fleetOptions } from "../../../cli/fleetOptions";
import { forgeOf } from "../../../cli/forge";
import { main } from "../../../cli/main";
import { isArgument } from "../../../components/glooMesh/argumentKinds";
import { defaultGeneration } from "../../../components/glooMesh/generation";
import { withDefaults } from "../../../components/glooMesh/settings";
import { validateSettings } from "../../../components/glooMesh/validateSettings";
import { clusterForm } from "../../../stacks/clusterSettings";
import { readConfiguration } from "../../../stacks/configuration";
import { wavesOf } from "../../../stacks/waves";
import { laterTarget, type Target, target } from "./target";
import { json, text } from "./values";

const settingNames = Object.entries(clusterForm).flatMap(([name, form]) => [
  name,
  ...(isArgument(form) ? [] : Object.keys(form)),
]);

const stackKeys = ["managementNamespace", "kubeconfig"] as const;

/** A stack's configuration: maps of any form under any name. */
const configuration = () => {
  const settings = json(["a", "cluster-2", ...settingNames]);
  const clusters = fc.oneof(settings, fc.dictionary(text(["a", "b.c", "__proto__", "management"]), settings));
  const asText = (value: unknown) => JSON.stringify(value) ?? "";
  return fc.record({
    management: fc.oneof(json(["context", "kubeconfig"]).map(asText), text(["{", "hub"])),
    defaults: fc.oneof(settings.map(asText), text(["{", "}", "a", ":"])),
    clusters: fc.oneof(clusters.map(asText), text(["{}", "[", "null"])),
    ...Object.fromEntries(stackKeys.map((key) => [key, text(["a", "5", "-1", "{}\n", "1e3"])])),
  });
};

const argument = () =>
  text([
    "--stack",
    "--stack=a",
    "--parallel",
    "--lead-days=5",
    "--output",
    "json",
    "--help",
    "-",
    "--",
    "--management-context",
  ]);

/** What the user gives: configuration, arguments, options of the command line. */
export const givenTargets: readonly Target[] = [
  target("given/configuration", configuration, (values) => {
    const entries = Object.entries(values).map(([key, value]) => [`fuzz:${key}`, value]);
    pulumi.runtime.setAllConfig(Object.fromEntries(entries));
    const { clusters } = readConfiguration(new pulumi.Config("fuzz"));
    for (const wave of wavesOf(clusters)) for (const [, settings] of wave) assert.equal(typeof settings, "object");
    assert.equal(Object.keys(Object.prototype).length, 0);
  }),
  target(
    "given/arguments",
    () => {
      const any = text(["a", "A", "a-b", "a_b", ".", "1.0.4", "127.0.0.1:9900", "[::1]:1", "ü", "x".repeat(64)]);
      const group = <T>(parts: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(parts, { requiredKeys: [] });
      const place = group({ name: any, namespace: any, key: any });
      return fc.record(
        {
          clusterName: any,
          clusterDomain: any,
          managementNamespace: any,
          namespace: group({ name: any }),
          relay: group({
            serverAddress: any,
            authority: any,
            ingress: group({ namespace: any, service: any, portName: any }),
          }),
          agent: group({
            version: any,
            abandonedAfterSeconds: fc.oneof(fc.double(), fc.integer()),
            values: fc.dictionary(fc.string(), json(["global", "insecure", "relay"])),
          }),
          rootCertificate: group({ source: place, secret: place }),
          token: group({ source: place, secret: place }),
          clientCertificate: group({ secret: place, reissue: any }),
          proof: group({ timeoutSeconds: fc.double() }),
        },
        { requiredKeys: ["clusterName"] },
      );
    },
    (values) => {
      const problems = validateSettings(
        withDefaults(values, false, defaultGeneration),
        { tls: "mutual" },
        defaultGeneration,
      );
      for (const { code, what } of problems) assert.ok(/^GMR0\d\d$/.test(code) && what.length < 400);
    },
  ),
  target(
    "given/doctor-options",
    () => fc.array(argument(), { maxLength: 6 }),
    (args) => parseOptions(args),
  ),
  target(
    "given/fleet-options",
    () => fc.array(argument(), { maxLength: 6 }),
    (args) => fleetOptions(args),
  ),
  target(
    "given/forge",
    () =>
      fc.dictionary(
        fc.constantFrom(
          "GITHUB_ACTIONS",
          "GITLAB_CI",
          "GITHUB_TOKEN",
          "GITHUB_API_URL",
          "GITHUB_REPOSITORY",
          "GITHUB_REF",
        ),
        text(["true", "refs/pull/5/merge", "refs/pull/", "https://127.0.0.1:1"]),
      ),
    (env) => forgeOf(env),
  ),
  laterTarget(
    "given/subcommand",
    () => fc.array(fc.oneof(argument(), fc.constantFrom("constructor", "toString", "__proto__", "help", "--version"))),
    async (args) => {
      const [first = ""] = args;
      if (["doctor", "preview", "apply", "drift", "comment"].includes(first)) return;
      const quiet = { out: () => undefined, styled: () => undefined, err: () => undefined, columns: undefined };
      assert.ok([0, 2].includes(await main(args, quiet)));
    },
  ),
];
