import * as pulumi from "@pulumi/pulumi";
import { readConfiguration } from "../../../stacks/configuration";

/** The keys that the program asks the stack's configuration for. */
export function keysRead(): string[] {
  const asked = new Set<string>();
  const config = new Proxy(new pulumi.Config("any"), {
    get:
      (_, method) =>
      (key: string): string | undefined => {
        asked.add(key);
        return key === "management" && String(method) === "get" ? '{"context": "any"}' : undefined;
      },
  });
  readConfiguration(config);
  return [...asked];
}
