/** The values of which the messages consist. */
import * as v from 'valibot';

/** What the member means, for the document: a sentence of the comment that its type has in `src/shared/protocol`. */
export function says<S extends v.GenericSchema>(schema: S, text: string) {
  return v.pipe(schema, v.description(text));
}

export const text = v.string();
export const flag = v.boolean();
export const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
export const counted = v.pipe(v.number(), v.integer(), v.minValue(1));
/** A process, a generation, a time of day. */
export const pid = counted;
export const pids = v.array(pid);
export const generation = counted;
export const generations = v.array(generation);
export const time = v.pipe(v.string(), v.isoTimestamp());

export const orNull = <S extends v.GenericSchema>(schema: S) => v.nullable(schema);
/** Left out rather than null. */
export const leftOut = <S extends v.GenericSchema>(schema: S) => v.exactOptional(schema);

export const withRelease = {release: leftOut(text)};
