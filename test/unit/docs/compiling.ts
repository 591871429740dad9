import { join } from "node:path";
import * as ts from "typescript";

/**
 * Type-checks programs as if they lay in the root of the repository, with the name of the package leading to its sources.
 * @returns what the compiler says, one line each
 */
export function typeErrors(root: string, programs: Readonly<Record<string, string>>): string[] {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config as { compilerOptions: object };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  options.noCheck = false;
  options.noEmit = true;
  options.declaration = false;
  options.isolatedModules = false;
  options.paths = { "gloo-mesh-relay-registration": [join(root, "components", "index.ts")] };

  const texts = new Map(Object.entries(programs).map(([name, text]) => [join(root, name), text]));
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (file) => texts.get(file) ?? readFile(file);
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  host.getSourceFile = (file, settings, ...rest) => {
    const text = texts.get(file);
    return text === undefined
      ? getSourceFile(file, settings, ...rest)
      : ts.createSourceFile(file, text, settings, true);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  const files = [...texts.keys()].map((file) => program.getSourceFile(file));
  return [...program.getOptionsDiagnostics(), ...files.flatMap((file) => ts.getPreEmitDiagnostics(program, file))].map(
    ({ file, start, messageText }) => {
      const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
      return `${file?.fileName ?? ""}:${line} ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    },
  );
}
