import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { replaceBetween } from "../bench/markdown";
import { repositoryRoot } from "../sandbox/repositoryRoot";
import { Compiled } from "./compiling";
import { Declarations } from "./declarations";
import { generatedParts } from "./documents";

// Writes the generated parts of the documents: npm run docs:reference
const root = repositoryRoot();
for (const { file, mark, content } of generatedParts(new Declarations(new Compiled(root, {})))) {
  const path = join(root, file);
  writeFileSync(path, replaceBetween(readFileSync(path, "utf8"), mark, content));
}
