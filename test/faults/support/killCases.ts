import type { FaultCase, Sample } from "../../support/selection";
import type { Point } from "./holds";
import type { Victim } from "./victims";

/** What is killed: the first `up`; one that upgrades the agent and bootstraps it again; `destroy`. */
export type Phase = "fresh" | "update" | "destroy";

/** A kill of one victim, when one registration is at one point of one phase. */
export interface KillCase extends FaultCase {
  readonly phase: Phase;
  readonly victim: Victim;
  /** Whose API server gets the request. */
  readonly side: "remote" | "hub";
  readonly point: Point;
}

/** How many registrations of one stack are each at a point of their own when the kill comes. */
const batchSize = 7;

/**
 * What a clean run asks of the API servers, in its order, counted for one registration, with the first letter of the victim: every write
 * (w; hw on the hub) with a victim before it and one after it, and a choice of the reads (r), each with one victim. None of the reads of
 * a diff is among them: the engine asks for one diff after the other, so not all registrations could be held in one.
 */
const courses: Readonly<Record<Phase, string>> = {
  fresh:
    "r1a r4e r9a r10d r11p w1ae hw1ea w2pe r13d w3da r17e w4ap w5ea w6pe w7ae w8ae w9ep w10ae w11pa w12ea w13ep w14ae " +
    "r38d w15da w16dd",
  update: "r1a r4e r6a w1da r16p r17p r18p r20a r22e w2ep r24a r28e r33p w3ae w4pa w5ep r37d r38d r39d r41d r43d w6de",
  destroy:
    "r1a r3d r4d w1da r6e w2ae w3pa w4ea w5ap w6pa w7ea w8ap w9ae r9a r10d hw1pe r11p w10ep r13d r16a r20d r28a w11da",
};

const victims: Readonly<Record<string, Victim>> = { a: "all", e: "engine", d: "provider", p: "plugin" };

type Cut = Pick<KillCase, "victim" | "side" | "point">;

/** The cuts at one step of a course. */
function cutsAt(step: string, turn: number): Cut[] {
  const [, hub, kind, number, first = "", second] = /^(h?)([rw])(\d+)([aedp])([aedp])?$/.exec(step) ?? [];
  const cut = (letter: string, moment: Point["moment"]): Cut => ({
    victim: victims[letter] ?? "all",
    side: hub ? "hub" : "remote",
    point: { kind: kind === "r" ? "read" : "write", number: Number(number), moment },
  });
  if (second === undefined) return [cut(first, turn % 2 === 0 ? "before" : "after")];
  return [cut(first, "before"), cut(second, "after")];
}

/** The cases of one phase, by victim, each in the order in which a run reaches them. */
function casesOf(phase: Phase): KillCase[] {
  const cuts = courses[phase].split(" ").flatMap(cutsAt);
  return Object.values(victims).flatMap((victim) =>
    cuts
      .filter((cut) => cut.victim === victim)
      .map((cut) => {
        const { kind, number, moment } = cut.point;
        const side = cut.side === "hub" ? "hub-" : "";
        return { id: `kill/${phase}/${victim}/${side}${kind}-${number}-${moment}`, phase, ...cut };
      }),
  );
}

function inPieces<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** Cases that are killed together: neighbours in the course of one phase, so that none is held for long before the last is there. */
export function batchesOf(cases: readonly KillCase[]): KillCase[][] {
  const groups = new Map<string, KillCase[]>();
  for (const one of cases) {
    const key = `${one.phase}/${one.victim}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((group) => inPieces(group, batchSize));
}

/** All of them. */
export const killCases: readonly KillCase[] = (["fresh", "update", "destroy"] as const).flatMap(casesOf);

/** The sample is one run, in which four registrations are each at another point, from Helm's first write on. */
const sampled =
  batchesOf(killCases.filter(({ phase, victim }) => phase === "fresh" && victim === "all"))[1]?.slice(0, 4) ?? [];

export const isKillSample: Sample<KillCase> = (one) => sampled.includes(one);
