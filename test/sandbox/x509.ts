// The polyfill has to be evaluated before the library: import the library from here only.
import "./metadataReflection";

export * from "@peculiar/x509";
