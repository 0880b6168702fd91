/** What has been made and must be taken back, the last first. */
export type Undo = {
  readonly add: (action: () => void) => void;
  /** Takes everything back, each once; one that fails does not keep the others from it. */
  readonly run: () => void;
};

export function createUndo(onError: (error: unknown) => void): Undo {
  const actions: (() => void)[] = [];
  return {
    add: action => void actions.push(action),
    run: () => {
      for (let action = actions.pop(); action; action = actions.pop()) {
        try {
          action();
        } catch (error) {
          onError(error);
        }
      }
    },
  };
}
