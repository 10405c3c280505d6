// Objects without the keys that have no value, for types whose keys may be left out but not be undefined.

export type Defined<T> = {[Key in keyof T]?: Exclude<T[Key], undefined>}

/** The same object without keys whose value is undefined. */
export function definedOnly<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>
}
