import { type ProgramResult, runProgram, type Scenario } from "../../graph/scenario";
import { startApi, startHub, token } from "../../graph/world";
import type { FakeKubeApi } from "../../support/fakeKubeApi";
import { select } from "../../support/selection";
import type { BadInput } from "./badInput";

/** What became of one bad input. */
export interface Outcome {
  /** What its registration failed with. */
  readonly failure: string | undefined;
  /** Names of what was declared below its registration. */
  readonly declared: readonly string[];
  /** Requests that change something, on both of its clusters. */
  readonly writes: readonly object[];
  /** All that its program printed, others' included. */
  readonly told: string;
  /** What must not be in it. */
  readonly hidden: readonly string[];
}

/**
 * Registrations in one program: the start of a process takes longer than several of them. Many at once would need so long on a busy machine that
 * their requests reach their limit of 10 s.
 */
const perProgram = 6;

/** Runs the bad inputs that are selected, each with two clusters of its own, many in a program. */
export async function outcomesOf(cases: readonly BadInput[]): Promise<ReadonlyMap<string, Outcome>> {
  const selected = select(cases);
  const outcomes = new Map<string, Outcome>();
  for (let from = 0; from < selected.length; from += perProgram) {
    for (const [id, outcome] of await runTogether(selected.slice(from, from + perProgram))) outcomes.set(id, outcome);
  }
  return outcomes;
}

interface Sides {
  readonly hub: FakeKubeApi;
  readonly remote: FakeKubeApi;
}

async function runTogether(cases: readonly BadInput[]): Promise<readonly (readonly [string, Outcome])[]> {
  const cleaning: (() => Promise<void>)[] = [];
  const context = { after: (clean: () => Promise<void>) => void cleaning.push(clean) };
  try {
    const worlds = await Promise.all(
      cases.map(async ({ spoil }): Promise<Sides> => {
        const [hub, remote] = await Promise.all([startHub(context), startApi(context, "remote")]);
        await spoil?.(hub, remote);
        return { hub, remote };
      }),
    );
    const result = await runProgram(scenarioOf(cases, worlds));
    return cases.map((one, index) => [one.id, outcomeOf(one, result, `bad-${index}`, worlds[index])]);
  } finally {
    await Promise.all(cleaning.map((clean) => clean()));
  }
}

function scenarioOf(cases: readonly BadInput[], worlds: readonly Sides[]): Scenario {
  const clusters: Record<string, Scenario["clusters"][string]> = {};
  const registrations: Record<string, Scenario["registrations"][string]> = {};
  for (const [index, { hub, remote }] of worlds.entries()) {
    const { args = {}, passProvider, kubeconfig } = cases[index] ?? {};
    const [management, remoteName] = [`hub-${index}`, `remote-${index}`];
    clusters[management] = hub.access;
    clusters[remoteName] = kubeconfig ?? remote.access;
    const declared = { management, remote: remoteName, args };
    registrations[`bad-${index}`] = passProvider ? { ...declared, passProvider } : declared;
  }
  return { clusters, registrations };
}

function outcomeOf(one: BadInput, result: ProgramResult, name: string, sides: Sides | undefined): Outcome {
  const { hub, remote } = sides ?? {};
  return {
    failure: result.failures[name],
    declared: result.resources.filter(({ parent }) => parent === name).map((resource) => resource.name),
    writes: [...(hub?.writes ?? []), ...(remote?.writes ?? [])],
    told: JSON.stringify([result.errors, result.warnings, result.infos]),
    hidden: [token, hub?.bearer ?? "", remote?.bearer ?? "", "PRIVATE KEY", ...(one.hidden ?? [])],
  };
}
