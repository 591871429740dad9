/** What Pulumi asks of a dynamic resource, typed: `Inputs` go in, `State` is kept. */
export interface Operations<Inputs, State extends Inputs> {
  create(inputs: Inputs): Promise<{ id: string; outs: State }>;
  /** Runs in preview too. It compares inputs with the state and asks no cluster. */
  diff(id: string, olds: State, news: Inputs): Promise<{ changes: boolean; replaces?: string[] }>;
  update(id: string, olds: State, news: Inputs): Promise<{ outs: State }>;
  /** An empty answer says that the resource is gone. */
  read(id: string, props: State): Promise<{ id?: string; props?: State }>;
  delete(id: string, props: State): Promise<void>;
}
