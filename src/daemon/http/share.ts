/**
 * Lets those who ask at the same time share one answer, so that a flood of requests costs no more than two at a time. Who
 * asks while an answer is being made gets the next one, which is made when the present one is done: nobody gets an answer
 * that was begun before the question.
 */
export function shareAnswers<T>(make: () => Promise<T>): () => Promise<T> {
  let present: Promise<T> | null = null;
  let next: Promise<T> | null = null;
  const begin = (): Promise<T> => {
    next = null;
    const made = make().finally(() => {
      if (present === made) present = null;
    });
    present = made;
    return made;
  };
  return () => {
    if (!present) return begin();
    next ??= present.then(begin, begin);
    return next;
  };
}
