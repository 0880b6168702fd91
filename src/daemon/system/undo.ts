/** The steps of a start that must be undone at its end, the last one first. */
export type Undo = {
  readonly add: (action: () => void) => void;
  /** Undoes each step once. A step that fails does not keep the others from being undone. */
  readonly run: () => void;
};

/** @param onError called with the error of each step that fails */
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
