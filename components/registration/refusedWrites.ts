import * as pulumi from "@pulumi/pulumi";
import { settled } from "../base/internals/outputInternals";
import { isMap, valueAt } from "../base/json";
import type { RegistrationContext } from "./context";
import type { Preparation } from "./dynamicResources";
import { lostMarkProblem, markPaths } from "./requireMarks";
import { declaredPlaces, renamedProblem } from "./requireNames";
import { failShown, RegistrationResourceError } from "./resourceError";

/**
 * Refuses a child before the engine writes it if a transform of the component has taken its mark off or renamed it. `requireMarks` and `requireNames` see the
 * outputs, which in `pulumi up --skip-preview` is too late: `destroy` would not find what was written. The engine applies the transforms of a parent and of the
 * stack later than those of the component, so only the preview refuses what they change.
 */
export class RefusedWrites {
  private declared: { readonly registration: RegistrationContext; readonly preparation: Preparation } | undefined;

  /** The last transform of the component, which the engine also applies to its children. */
  readonly transform: pulumi.ResourceTransform = async ({ type, name, props }) => {
    const kind = kindOf(type);
    if (kind === undefined || this.declared === undefined || pulumi.runtime.isDryRun()) return undefined;
    const { registration, preparation } = this.declared;
    const { parent, ownership } = registration;
    if (!childNames(registration.name).includes(name)) return undefined;
    const expected = pulumi.all([ownership, declaredPlaces(registration, preparation)]);
    const [inputs, known] = await Promise.all([settled(pulumi.output(withoutSecrecy(props))), settled(expected)]);
    if (known === undefined) return undefined;
    const [{ accepted }, places] = known;
    const metadata = valueAt(inputs, "metadata");
    const [marked, named] = kind === "object" ? [metadata, metadata] : [valueAt(inputs, "values"), inputs];
    const problems = [
      lostMarkProblem(name, marked, markPaths[kind], accepted) ?? [],
      renamedProblem(name, named, places) ?? [],
    ].flat();
    return problems.length === 0 ? undefined : failShown(new RegistrationResourceError(problems, parent));
  };

  /** From here on the children of the registration are judged. */
  judge(registration: RegistrationContext, preparation: Preparation): void {
    this.declared = { registration, preparation };
  }
}

/** The inputs of a transform, in which a secret is still wrapped as it came from the engine. */
export function withoutSecrecy(value: unknown): unknown {
  if (pulumi.runtime.isRpcSecret(value)) return withoutSecrecy(pulumi.runtime.unwrapRpcSecret(value));
  if (!isMap(value) || pulumi.Output.isInstance(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutSecrecy(one)]));
}

function kindOf(type: string): keyof typeof markPaths | undefined {
  if (!type.startsWith("kubernetes:")) return undefined;
  return type.startsWith("kubernetes:helm.sh/") ? "release" : "object";
}

/** The children with a mark; a program may give the registration as the parent of its own resources. */
function childNames(name: string): readonly string[] {
  return ["namespace", "root-certificate", "bootstrap-token", "kubernetes-cluster", "agent", "crds"].map(
    (suffix) => `${name}-${suffix}`,
  );
}
