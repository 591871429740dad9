import { cleanLine } from "../base/foreignText";

/** The actions of `up` on a registration, with the words that begin their plans. */
const openings = {
  register: "register",
  change: "change",
  unchanged: "up to date:",
  deregister: "deregister",
  "hand over": "hand over",
} as const;

export type PlanAction = keyof typeof openings;

/** Pulumi's signs for created, changed and removed; a space for information. */
export type PlanSign = "+" | "~" | "-" | " ";

/** A declared object whose changes Pulumi alone decides, by comparing with its state. */
export type PlanStep = "root-certificate" | "kubernetes-cluster" | "namespace";

export interface PlanLine {
  readonly sign: PlanSign;
  readonly text: string;
  /** The object that changes with this line, if Pulumi's state has it as declared already. */
  readonly step?: PlanStep;
}

/** The lines as the changes of a declared object. */
export function of(step: PlanStep, lines: readonly PlanLine[]): readonly PlanLine[] {
  return lines.map((line) => ({ ...line, step }));
}

const lineWith =
  (sign: PlanSign) =>
  (text: string): PlanLine => ({ sign, text });

export const created = lineWith("+");
export const changed = lineWith("~");
export const removed = lineWith("-");
/** A line of information, which changes nothing. */
export const known = lineWith(" ");

/** A plan, which Pulumi shows as a message on a component. Each text is one line; its line breaks become spaces. */
export interface PlanMessage {
  readonly action: PlanAction;
  /** What follows the words of the action, such as `cluster-1 (new) · agent 1.0.4`. Pulumi's tree of resources shows no other line. */
  readonly headline: string;
  readonly lines: readonly PlanLine[];
}

/** The message: `plan: `, action and headline in the first line, then the details with their signs. */
export function formatPlan(plan: PlanMessage): string {
  return `${prefix}${planLines(plan).join("\n  ")}`;
}

/** Reads what {@link formatPlan} writes; undefined for any other message. */
export function parsePlan(message: string): PlanMessage | undefined {
  const [first = "", ...rest] = message.trim().split("\n");
  const action = actions.find((one) => first.startsWith(`${prefix}${openings[one]} `));
  if (action === undefined) return undefined;
  const headline = first.slice(prefix.length + openings[action].length + 1);
  return { action, headline, lines: rest.map((line) => lineIn(line.slice(2))) };
}

/** The lines of the message without its prefix and indentation. */
export function planLines({ action, headline, lines }: PlanMessage): readonly string[] {
  return [`${openings[action]} ${cleanLine(headline)}`, ...lines.map(({ sign, text }) => `${sign} ${cleanLine(text)}`)];
}

const prefix = "plan: ";
const actions = Object.keys(openings) as PlanAction[];

function lineIn(line: string): PlanLine {
  const [, sign = " ", text = line] = /^([-+~ ]) (.*)$/.exec(line) ?? [];
  return { sign: sign as PlanSign, text };
}
