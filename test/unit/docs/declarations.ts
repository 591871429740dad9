import * as ts from "typescript";

/** Names of the members that a reader of the documents has to know, taken from the sources. */
export class Declarations {
  private readonly file: ts.SourceFile;

  constructor(source: string) {
    this.file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.ES2023, true);
  }

  /** The fields of an interface and of those of the same file that it extends; where the type is another interface of the same file, that one's, with the name before them. */
  fields(interfaceName: string): string[] {
    const declaration = this.interface(interfaceName);
    if (!declaration) throw new Error(`there is no interface ${interfaceName}`);
    const inherited = (declaration.heritageClauses ?? []).flatMap(({ types }) =>
      types.flatMap(({ expression }) => {
        const name = expression.getText(this.file);
        return this.interface(name) ? this.fields(name) : [];
      }),
    );
    const own = declaration.members.filter(ts.isPropertySignature).flatMap((member) => {
      const name = member.name.getText(this.file);
      const type = member.type?.getText(this.file) ?? "";
      return this.interface(type) ? this.fields(type).map((inner) => `${name}.${inner}`) : [name];
    });
    return [...inherited, ...own];
  }

  /** The public properties of a class. */
  properties(className: string): string[] {
    const declaration = this.file.statements.filter(ts.isClassDeclaration).find((one) => one.name?.text === className);
    if (!declaration) throw new Error(`there is no class ${className}`);
    return declaration.members
      .filter(ts.isPropertyDeclaration)
      .filter((member) => !member.modifiers?.some(({ kind }) => hidden.has(kind)))
      .map((member) => member.name.getText(this.file));
  }

  private interface(name: string): ts.InterfaceDeclaration | undefined {
    return this.file.statements.filter(ts.isInterfaceDeclaration).find((one) => one.name.text === name);
  }
}

const hidden = new Set([ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword, ts.SyntaxKind.StaticKeyword]);
