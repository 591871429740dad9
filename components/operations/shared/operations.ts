/** The calls that Pulumi makes to a dynamic resource: `Inputs` from the program, `State` as Pulumi stores it. */
export interface Operations<Inputs, State extends Inputs> {
  create(inputs: Inputs): Promise<{ id: string; outs: State }>;
  /** Runs in a preview too. It compares inputs with the state and makes no request. */
  diff(id: string, olds: State, news: Inputs): Promise<{ changes: boolean; replaces?: string[] }>;
  update(id: string, olds: State, news: Inputs): Promise<{ outs: State }>;
  /** An empty answer means that the resource is gone. */
  read(id: string, props: State): Promise<{ id?: string; props?: State }>;
  delete(id: string, props: State): Promise<void>;
}
