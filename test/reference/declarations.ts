import { dirname, sep } from "node:path";
import * as ts from "typescript";
import type { Compiled } from "./compiling";

/** An argument as its type declares it. */
export interface DeclaredArgument {
  /** Its docstring. */
  readonly text: string;
  /** Whether it is required, and all that hold it are. */
  readonly required: boolean;
  /** Whether it holds other arguments. */
  readonly isGroup: boolean;
}

/** What a reader of the documents has to know of the public names, as the compiler understands them. */
export class Declarations {
  private readonly checker: ts.TypeChecker;
  private readonly names: ReadonlyMap<string, ts.Symbol>;
  private readonly sources: string;

  constructor({ program, entry }: Compiled) {
    this.checker = program.getTypeChecker();
    this.sources = dirname(entry.fileName) + sep;
    const index = this.checker.getSymbolAtLocation(entry);
    if (!index) throw new Error(`${entry.fileName} is no module`);
    this.names = new Map(this.checker.getExportsOfModule(index).map((symbol) => [symbol.name, symbol]));
  }

  /** The arguments in an exported interface, by their paths; before those of an inner interface stands the field that holds it. */
  arguments(interfaceName: string): ReadonlyMap<string, DeclaredArgument> {
    return new Map(this.fields(this.typeNamed(interfaceName), "", true));
  }

  /** The public properties that a class of ours adds to those of Pulumi's. */
  outputs(className: string): string[] {
    return this.checker
      .getPropertiesOfType(this.typeNamed(className))
      .filter((symbol) => symbol.declarations?.some((declaration) => this.isOutput(declaration)))
      .map(({ name }) => name);
  }

  private *fields(type: ts.Type, path: string, reached: boolean): Generator<[string, DeclaredArgument]> {
    for (const property of this.checker.getPropertiesOfType(type)) {
      const name = `${path}${property.name}`;
      const required = reached && !(property.flags & ts.SymbolFlags.Optional);
      const text = ts.displayPartsToString(property.getDocumentationComment(this.checker));
      const inner = this.innerInterface(this.checker.getTypeOfSymbol(property));
      yield [name, { text, required, isGroup: inner !== undefined }];
      if (inner) yield* this.fields(inner, `${name}.`, required);
    }
  }

  /** The interface of ours that a value has, be it optional or an Input; none where it may be an object of a class of ours instead. */
  private innerInterface(type: ts.Type): ts.Type | undefined {
    const parts = type.isUnion() ? type.types : [type];
    const isClass = (one: ts.Declaration) => ts.isClassDeclaration(one) && this.isOurs(one);
    if (parts.some((part) => part.symbol?.declarations?.some(isClass))) return undefined;
    return parts.find((part) =>
      part.symbol?.declarations?.some((one) => ts.isInterfaceDeclaration(one) && this.isOurs(one)),
    );
  }

  private isOutput(declaration: ts.Declaration): boolean {
    if (!ts.isPropertyDeclaration(declaration) && !ts.isGetAccessorDeclaration(declaration)) return false;
    const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected | ts.ModifierFlags.Static;
    const isInternal = ts.getJSDocTags(declaration).some(({ tagName }) => tagName.text === "internal");
    return this.isOurs(declaration) && !isInternal && !(ts.getCombinedModifierFlags(declaration) & hidden);
  }

  private isOurs(declaration: ts.Declaration): boolean {
    return declaration.getSourceFile().fileName.startsWith(this.sources);
  }

  private typeNamed(name: string): ts.Type {
    const exported = this.names.get(name);
    if (!exported) throw new Error(`the package has no ${name}`);
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
    return this.checker.getDeclaredTypeOfSymbol(isAlias ? this.checker.getAliasedSymbol(exported) : exported);
  }
}
