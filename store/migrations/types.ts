/** A forward-only step of the schema; once released its statements never change. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  /** Each may be run again after a crash in the middle. */
  readonly statements: readonly string[];
}
