import { join } from "node:path";
import * as ts from "typescript";

/** The sources of the package and the programs of its documents, read by the compiler once for all who ask about them. */
export class Compiled {
  readonly program: ts.Program;
  /** The module that the package shows to others. */
  readonly entry: ts.SourceFile;
  private readonly texts: ReadonlyMap<string, string>;

  /** @param programs texts by the names under which they lay in the root of the repository; they import the package by its name */
  constructor(
    private readonly root: string,
    programs: Readonly<Record<string, string>>,
  ) {
    this.texts = new Map(Object.entries(programs).map(([name, text]) => [join(root, name), text]));
    const entry = join(root, "components", "index.ts");
    const options = optionsOf(root, entry);
    this.program = ts.createProgram([entry, ...this.texts.keys()], options, hostWith(this.texts, options));
    const source = this.program.getSourceFile(entry);
    if (!source) throw new Error(`${entry} is not there`);
    this.entry = source;
  }

  /** What the compiler says of these programs, one line each. Nothing else is checked. */
  typeErrors(names: readonly string[]): string[] {
    const files = names.map((name) => {
      const file = this.texts.has(join(this.root, name)) && this.program.getSourceFile(join(this.root, name));
      if (!file) throw new Error(`${name} was not compiled`);
      return file;
    });
    const diagnostics = files.flatMap((file) => ts.getPreEmitDiagnostics(this.program, file));
    return [...this.program.getOptionsDiagnostics(), ...diagnostics].map(({ file, start, messageText }) => {
      const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
      return `${file?.fileName ?? ""}:${line} ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    });
  }
}

function optionsOf(root: string, entry: string): ts.CompilerOptions {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config as { compilerOptions: object };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const paths = { "gloo-mesh-relay-registration": [entry] };
  return { ...options, noCheck: false, noEmit: true, declaration: false, isolatedModules: false, paths };
}

function hostWith(texts: ReadonlyMap<string, string>, options: ts.CompilerOptions): ts.CompilerHost {
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
  return host;
}
