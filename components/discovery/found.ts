export interface Found {
  readonly value: string;
  readonly source: string;
}
