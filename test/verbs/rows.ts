import { after, before, describe, it } from "node:test";
import { select } from "../support/selection";
import { type Shape, Stage } from "./stage";
import { sampled, type VerbId, verbs } from "./table";

/** The test of one row of the table. */
export interface Row {
  readonly id: VerbId;
  /** How the registration is declared before the verb. Default: as plain as it can be. */
  readonly from?: Shape;
  /** Returns the stage that the next rows continue on, if that is another stack. */
  readonly run: (stage: Stage) => Promise<unknown>;
}

/**
 * Declares the test of each selected row, and one of the end: a `destroy` leaves nothing. The rows follow one registration. Each begins with the
 * shape that it needs, which the row before has left or which is made first, so every selection works.
 *
 * @param name of the project and the first stack
 */
export function testRows(name: string, title: string, rows: readonly Row[]): void {
  // Unlike the faults' choice, which the other levels of one run share.
  const wanted = process.env["VERBS"] ?? "";
  if (wanted !== "" && wanted !== "full" && !(wanted in verbs)) throw new Error(`VERBS names no row: ${wanted}`);
  const selected = select(rows, ({ id }) => sampled.has(id), wanted);
  if (selected.length === 0) return;
  describe(title, () => {
    let stage: Stage;

    before(async () => {
      stage = await Stage.start(name);
    });

    after(() => stage?.stop());

    for (const { id, from = {}, run } of selected) {
      it(`${id}: ${verbs[id].verb}`, async () => {
        await stage.from(from);
        const next = await run(stage);
        if (next instanceof Stage) stage = next;
      });
    }

    it("a destroy leaves nothing on either cluster", () => stage.destroyed());
  });
}
