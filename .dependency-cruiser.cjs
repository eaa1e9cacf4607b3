/**
 * The walls of the house: which room may use values of which. Types may be imported from any room, through its door.
 * `test/boundaries.test.ts` plants a breach of every rule and sees it caught.
 */

/** Files at the root of `src/` that every room may use, and the files that each of them may use. */
const FILES = {
  units: [],
  errors: [],
  clock: ['units', 'errors'],
  calendar: ['units', 'errors'],
  figures: ['units', 'errors'],
  mistakes: ['errors'],
  documents: ['units', 'errors', 'mistakes'],
  shapes: ['units', 'errors', 'documents', 'mistakes'],
  version: [],
  'text-file': ['units', 'errors', 'documents'],
};

/** Pure rooms: no clock, no file, no network, no library, and of the root files only these. */
const PURE = {
  'forecast/models': ['units', 'errors', 'calendar'],
  plan: ['units', 'errors'],
  report: ['units', 'errors', 'figures'],
};

/** Every room with a tenant, and the rooms whose values it may use. The map of rooms in CONTRIBUTING.md says the same. */
const ROOMS = {
  config: [],
  store: [],
  grid: ['store', 'config'],
  forecast: ['store', 'grid'],
  workload: [],
  site: ['config', 'workload'],
  plan: [],
  past: ['store', 'site', 'plan'],
  meter: ['site'],
  ledger: ['store', 'grid'],
  execute: ['store', 'workload', 'site', 'plan', 'past', 'meter', 'ledger'],
  replay: ['workload', 'site', 'grid', 'forecast', 'plan', 'ledger'],
  report: [],
  serve: [],
  cli: [],
};

/** Libraries that stay behind one door. */
const CONFINED = {
  'better-sqlite3': ['store/'],
  kysely: ['store/', 'ledger/', 'execute/'],
  commander: ['cli/'],
  fastify: ['serve/'],
  yaml: ['documents\\.ts$', 'workload/', 'config/'],
  'temporal-polyfill': ['calendar\\.ts$'],
};

/** Tests, and what only tests use. */
const TESTS = '(?:\\.test|/fixtures)\\.ts$';
/** A value, not only a type: what is left of an import when types are erased. */
const VALUE = { dependencyTypesNot: ['type-only'] };
const anyOf = (names) => (names.length === 0 ? '(?!)' : `(?:${names.join('|')})`);
const room = (name) => `^src/${name}/`;

const valuesOfRooms = Object.entries(ROOMS).map(([name, allowed]) => ({
  name: `values-of-${name}`,
  comment: `${name}/ may use values of ${allowed.length === 0 ? 'no other room' : allowed.join(', ')}; types are free.`,
  severity: 'error',
  from: { path: room(name), pathNot: TESTS },
  to: {
    path: name === 'cli' ? '^src/(?:[^/]+/|index\\.ts$)' : '^src/(?:[^/]+/|app\\.ts$|index\\.ts$)',
    pathNot: `^src/${anyOf([name, ...allowed])}/`,
    ...VALUE,
  },
}));

const valuesOfFiles = Object.entries(FILES).map(([name, allowed]) => ({
  name: `values-of-file-${name}`,
  comment: `src/${name}.ts lies below every room and may use ${allowed.length === 0 ? 'no other file' : allowed.join(', ')}.`,
  severity: 'error',
  from: { path: `^src/${name}\\.ts$` },
  to: { path: '^src/', pathNot: `^src/${anyOf([name, ...allowed])}\\.ts$`, ...VALUE },
}));

const purity = Object.entries(PURE).flatMap(([name, files]) => [
  {
    name: `pure-${name}`,
    comment: `${name}/ is pure: it can be understood, tested and measured without a clock, a file or a socket.`,
    severity: 'error',
    from: { path: room(name), pathNot: TESTS },
    to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-no-pkg'], ...VALUE },
  },
  {
    name: `files-of-${name}`,
    comment: `${name}/ is pure: of the root files it may use ${files.join(', ')}.`,
    severity: 'error',
    from: { path: room(name), pathNot: TESTS },
    // Part of a room: the rest of that room and of the house is as far away as any other room.
    to: name.includes('/')
      ? { path: '^src/', pathNot: [`^src/(?:${files.join('|')})\\.ts$`, room(name)], ...VALUE }
      : { path: '^src/[^/]+\\.ts$', pathNot: `^src/(?:${files.join('|')}|app|index)\\.ts$`, ...VALUE },
  },
]);

const confinement = Object.entries(CONFINED).map(([library, doors]) => ({
  name: `only-behind-its-door-${library}`,
  comment: `${library} is used in ${doors.join(', ').replaceAll('\\.ts$', '.ts')} and nowhere else, so that it can be replaced there.`,
  severity: 'error',
  from: { path: '^src/', pathNot: [TESTS, `^src/${anyOf(doors)}`] },
  to: { path: `node_modules/${library}/` },
}));

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Values form no circle; types may refer to each other.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'by-the-door',
      comment: 'A room is entered by its index.ts, also for types.',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/[^/]+/', pathNot: ['^src/[^/]+/index\\.ts$', '^src/$1/'] },
    },
    {
      name: 'by-the-door-from-files',
      comment: 'Files at the root of src/ enter a room by its index.ts as well.',
      severity: 'error',
      from: { path: '^src/[^/]+$' },
      to: { path: '^src/[^/]+/', pathNot: '^src/[^/]+/index\\.ts$' },
    },
    {
      name: 'known-room',
      comment: 'A new room is entered in the table of .dependency-cruiser.cjs and in the map of CONTRIBUTING.md.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/${anyOf(Object.keys(ROOMS))}/` },
      to: {},
    },
    {
      name: 'known-file',
      comment: 'A new file at the root of src/ is entered in the table of .dependency-cruiser.cjs.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/[^/]+$', pathNot: `^src/${anyOf([...Object.keys(FILES), 'app', 'index'])}\\.ts$` },
    },
    {
      name: 'product-only',
      comment: 'The product uses neither tests, benches, scripts, examples nor what is installed for development.',
      severity: 'error',
      from: { path: '^src/', pathNot: TESTS },
      to: { path: ['^(?:test|bench|scripts|examples)/', TESTS] },
    },
    {
      name: 'declared-dependencies',
      comment: 'What the product imports is in the dependencies of package.json.',
      severity: 'error',
      from: { path: '^src/', pathNot: TESTS },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'unknown', 'undetermined'], ...VALUE },
    },
    {
      name: 'resolvable',
      comment: 'Every import leads somewhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...valuesOfRooms,
    ...valuesOfFiles,
    ...purity,
    ...confinement,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(?:dist|coverage)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Sees `import type`, which the compiler erases, so that doors hold for types and walls only for values.
    tsPreCompilationDeps: 'specify',
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
