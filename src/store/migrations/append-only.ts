/**
 * Rows that are written once.
 *
 * @module
 */

/** Triggers that refuse to change or remove a row of `tables`. Their text is part of published migrations. */
export const refusalsOf = (tables: readonly string[]): readonly string[] =>
  tables.flatMap((table) =>
    ['update', 'delete'].map(
      (verb) =>
        `create trigger ${table}_refuses_${verb} before ${verb} on ${table}
       begin select raise(abort, '${table} is append-only'); end`,
    ),
  );
