import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { podsAndRestarts } from "../e2e/support/agents";
import { inventory, leftOn } from "../e2e/support/clusters";
import { generation } from "../e2e/support/generation";
import { ownProgram } from "../e2e/support/program";
import { assertRegistered } from "../e2e/support/proof";
import { assertNoChanges, assertSucceeded } from "../e2e/support/runs";
import { World } from "../e2e/support/world";
import type { SandboxCluster } from "../sandbox/sandbox";
import { PulumiWorkspace } from "../sandbox/workspace";

/** How the program declares the registration; what is missing is as plain as it can be. */
export interface Shape {
  readonly absent?: boolean;
  readonly name?: string;
  /** Name of a component around it. */
  readonly parent?: string;
  readonly parentType?: string;
  readonly parentAliases?: readonly object[];
  readonly aliases?: readonly (object | string)[];
  /** The aliases are Outputs. */
  readonly outputs?: boolean;
  /** Other resource options. */
  readonly options?: object;
  /** The component has the option `deletedWith`, or `dependsOn`, with another resource. */
  readonly with?: "deletedWith" | "dependsOn";
  /** A label for each object, by a transform. */
  readonly label?: string;
  /** The label comes from the older transformations. */
  readonly older?: boolean;
  /** A transform replaces the annotations of this kind of object. */
  readonly unmarked?: string;
  /** A transform gives another name to this kind of object. */
  readonly renamed?: string;
  /** A transform adds these options to the child of this kind. */
  readonly child?: { readonly kind: string; readonly options: object };
  /** The component has hooks, which print a line. */
  readonly hooks?: boolean;
  /** A command that validates the registration. */
  readonly validation?: string;
}

const source = `
const shape = config.getObject("shape") ?? {};
class Fleet extends pulumi.ComponentResource {
  constructor(name, opts) { super(shape.parentType ?? "acme:index:Fleet", name, {}, opts); }
}
const kubeconfig = config.require("kubeconfig");
const management = new ClusterConnection("management", { kubeconfig, context: "management" });
const remote = new ClusterConnection("remote", { kubeconfig, context: config.require("remote") });
const bystander = new pulumi.ComponentResource("acme:index:Bystander", "bystander");
if (!shape.absent) {
  const parent = shape.parent && new Fleet(shape.parent, { aliases: shape.parentAliases });
  const aliases = shape.aliases?.map((alias) => {
    const given = alias.parent === "root" ? { ...alias, parent: pulumi.rootStackResource } : alias;
    return shape.outputs ? pulumi.output(given) : given;
  });
  const unmarked = ({ type, props, opts }) => type.endsWith(":" + shape.unmarked)
    ? { props: { ...props, metadata: { ...props.metadata, annotations: { team: "edge" } } }, opts }
    : undefined;
  const renamed = ({ type, props, opts }) => type.endsWith(":" + shape.renamed)
    ? { props: { ...props, metadata: { ...props.metadata, name: "own-name" } }, opts }
    : undefined;
  const changed = ({ type, props, opts }) => type.endsWith(":" + shape.child.kind)
    ? { props, opts: { ...opts, ...shape.child.options } }
    : undefined;
  const labelled = ({ type, props, opts }) => type.startsWith("kubernetes:") && !type.includes("Release")
    ? { props: { ...props, metadata: { ...props.metadata, labels: { ...props.metadata.labels, stage: shape.label } } }, opts }
    : undefined;
  const hook = (moment) => new pulumi.ResourceHook(moment, () => console.log("hook: " + moment));
  new GlooMeshRelayRegistration(shape.name ?? "edge", {
    generation: config.require("generation"), clusterName: "edge", management, remote,
    relay: { serverAddress: config.require("address") },
    agent: { version: config.require("version"), repository: config.require("repository") },
    validation: shape.validation && { command: shape.validation },
  }, {
    parent, aliases, ...shape.options,
    ...(shape.with ? { [shape.with]: bystander } : {}),
    ...(shape.hooks ? { hooks: { afterCreate: [hook("after-create")], beforeDelete: [hook("before-delete")] } } : {}),
    ...(shape.label ? { [shape.older ? "transformations" : "transforms"]: [labelled] } : {}),
    ...(shape.unmarked ? { transforms: [unmarked] } : {}),
    ...(shape.renamed ? { transforms: [renamed] } : {}),
    ...(shape.child ? { transforms: [changed] } : {}),
  });
}
`;

/** One registration of a program of its own, and what Pulumi's verbs make of it. */
export class Stage {
  /** The shape in which the registration was last seen settled; undefined if anything else may have been done since. */
  private settledShape: Shape | undefined;
  private declared: Shape = {};

  private constructor(
    readonly world: World,
    readonly stack: PulumiWorkspace,
    readonly remote: SandboxCluster,
    private readonly untouched: readonly ReadonlyMap<string, string>[],
    private readonly config: Readonly<Record<string, string>>,
  ) {}

  static async start(name: string): Promise<Stage> {
    const world = await World.start(["remote-1"]);
    const { sandbox } = world;
    const remote = sandbox.remote("remote-1");
    const config = {
      generation: generation.name,
      kubeconfig: sandbox.kubeconfig,
      remote: "remote-1",
      address: sandbox.relayAddress,
      version: sandbox.hub.version,
      repository: sandbox.chartRepository.url,
    };
    const stack = await ownProgram(world, name, source, config);
    const untouched = await Promise.all([sandbox.management, remote].map(inventory));
    return new Stage(world, stack, remote, untouched, config);
  }

  /** The same on another stack of the program, which can read the secrets of this one. */
  async another(name: string): Promise<Stage> {
    const { program, env } = this.stack;
    const stack = await PulumiWorkspace.create(this.world.sandbox, {
      program,
      stack: name,
      config: this.config,
      passphrase: env["PULUMI_CONFIG_PASSPHRASE"] ?? "",
    });
    return this.on(stack);
  }

  /** The same on a stack that has another name by now. */
  on(stack: PulumiWorkspace): Stage {
    return new Stage(this.world, stack, this.remote, this.untouched, this.config);
  }

  stop(): Promise<void> {
    return this.world.stop();
  }

  /** Declares it so from now on. */
  shape(shape: Shape): Promise<void> {
    this.declared = shape;
    this.settledShape = undefined;
    return this.stack.setConfig({ shape });
  }

  /** Has it declared so and registered: does nothing where the row before has ended so, aliases aside. */
  async from(shape: Shape): Promise<void> {
    const settled = this.settledShape;
    if (settled !== undefined && isDeepStrictEqual(withoutAliases(settled), withoutAliases(shape))) {
      await this.shape(shape);
      this.settledShape = shape;
      return;
    }
    const [urn] = await this.urns("GlooMeshRelayRegistration");
    if (urn !== undefined) {
      await this.shape({ ...shape, aliases: [urn] });
      assertSucceeded(await this.stack.up(["--skip-preview"]));
    }
    await this.shape(shape);
    assertSucceeded(await this.stack.up(["--skip-preview"]));
    this.settledShape = shape;
  }

  /** Runs `up`, with its preview, and asserts that it registers, and that one more changes nothing. */
  async up(args: readonly string[] = []): Promise<void> {
    assertSucceeded(await this.stack.up(args));
    await this.settled();
  }

  /** Asserts that the cluster is registered, and that one more `up` changes nothing. */
  async settled(): Promise<void> {
    await assertRegistered(this.world, this.stack, "edge", this.remote);
    assertNoChanges(await this.stack.up(["--skip-preview"]));
    await assertRegistered(this.world, this.stack, "edge", this.remote);
    this.settledShape = this.declared;
  }

  /** Runs it and asserts that no pod of the agent is another one, or has restarted. */
  async withoutRestart(work: () => Promise<unknown>): Promise<void> {
    const before = await podsAndRestarts(this.remote);
    await work();
    assert.deepEqual(await podsAndRestarts(this.remote), before);
  }

  /** The URN of the agent's Helm release. */
  agentUrn(): Promise<string> {
    return this.urn("Release", "-agent");
  }

  /** The URN of the only resource of this kind, as in `Namespace` or `Preparation`. */
  async urn(kind: string, ending = ""): Promise<string> {
    const [found] = (await this.urns(kind)).filter((urn) => urn.endsWith(ending));
    assert.ok(found, `the state has no ${kind}`);
    return found;
  }

  /** The same of all such resources. */
  private async urns(kind: string): Promise<readonly string[]> {
    const { resources = [] } = (await this.stack.exportState()).deployment;
    return resources.flatMap(({ type, urn }) => (type.split(":").at(-1) === kind ? [urn] : []));
  }

  /** Runs `destroy` and asserts that it leaves nothing on either cluster. */
  async destroyed(): Promise<void> {
    assertSucceeded(await this.stack.destroy(["--skip-preview"]));
    await this.assertGone();
  }

  /** The options of each child as the state has them, by the kind of the resource; without those that are not set. */
  async optionsOfChildren(names: readonly string[]): Promise<Record<string, object>> {
    const { resources = [] } = (await this.stack.exportState()).deployment;
    const children = resources.filter(({ urn }) => urn.includes("GlooMeshRelayRegistration$"));
    const optionsOf = (child: object) => Object.entries(child).filter(([name, value]) => names.includes(name) && value);
    return Object.fromEntries(
      children.map((child) => [child.type.split(":").at(-1) ?? "", Object.fromEntries(optionsOf(child))]),
    );
  }

  /** Asserts that both clusters are as they were before, but for the CRDs of the chart. */
  async assertGone(): Promise<void> {
    this.settledShape = undefined;
    const { management } = this.world.sandbox;
    const present = await Promise.all([management, this.remote].map(inventory));
    const left = present.map((all, index) => leftOn(this.untouched[index] ?? new Map(), all));
    assert.deepEqual(left, [[], []]);
  }
}

/** Once they have been used, aliases change nothing. */
function withoutAliases({ aliases, parentAliases, ...rest }: Shape): Shape {
  return rest;
}
