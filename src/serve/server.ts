/**
 * The HTTP server: where it listens, whom it answers, how long and how much it may be asked. It only reads.
 *
 * @module
 */
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { asError, Failure } from '../errors.ts';
import { openApi } from './carbon-aware/openapi.ts';
import { isEmpty, ROUTES, type Route } from './carbon-aware/routes.ts';
import type { CarbonSource, Intensities } from './port.ts';
import { PROBLEM_TYPE, type Problem, problemFrom, problemOf } from './problem.ts';
import { MISSING, missingOf, PROVENANCE, provenanceOf } from './provenance.ts';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 8480;

export interface ServeOptions {
  readonly source: CarbonSource;
  /** Default: this machine alone. */
  readonly host?: string | undefined;
  /** Default {@link DEFAULT_PORT}; 0: any that is free. */
  readonly port?: number | undefined;
  /** Routes answer below this path as well: `/carbon`. */
  readonly prefix?: string | undefined;
  /** Real time that an answer may take. Default 30 s. */
  readonly patienceMs?: number;
  /** Told of mistakes of ours, of which clients are told nothing. */
  readonly onMistake?: (error: Error) => void;
}

export interface Served {
  /** `http://127.0.0.1:8480` */
  readonly address: string;
  readonly port: number;
  /** Whether others than this machine may ask. */
  readonly isOpen: boolean;
  /** Calls off what is being answered, and ends. */
  close(): Promise<void>;
}

const PATIENCE_MS = 30_000;
/** For a request to arrive in. */
const ARRIVAL_MS = 10_000;
const LARGEST_BODY = 262_144;
/** Answers that are worked on at once; more would keep each other, and `/health`, waiting. */
const MOST_AT_ONCE = 8;
const RETRY_AFTER_S = 1;

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/**
 * Starts to listen. Fails with `serve/cannot-listen`.
 *
 * A server for this machine alone answers only under a name of this machine: a page in a browser that makes its own name
 * point here (DNS rebinding) is refused. No page of another origin may read anything, since there are no CORS headers.
 */
export async function serve(options: ServeOptions): Promise<Served> {
  const { host = DEFAULT_HOST, port = DEFAULT_PORT, prefix = '' } = options;
  const isOpen = !isLoopback(host);
  const stopping = new AbortController();
  const server = fastify({
    logger: false,
    bodyLimit: LARGEST_BODY,
    requestTimeout: ARRIVAL_MS,
    forceCloseConnections: true,
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true },
    frameworkErrors: (error, _, reply) => void refuse(reply, fromFastify(error)),
  });
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    if (isOpen || isLoopback(request.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase())) return;
    await refuse(reply, problemOf(403, 'Forbidden', { detail: 'this host is not served here: ask by localhost' }));
  });
  server.setNotFoundHandler((_, reply) => refuse(reply, problemOf(404, 'NotFound')));
  server.setErrorHandler((thrown: FastifyError, _, reply) => {
    if (!(thrown instanceof Failure) && (thrown.statusCode ?? 500) >= 500) options.onMistake?.(thrown);
    return refuse(reply, thrown instanceof Failure ? problemFrom(thrown) : fromFastify(thrown));
  });
  const source = isOpen ? passingOn(options.source) : options.source;
  const work: Work = { stopping: stopping.signal, underWay: 0 };
  const routes = (scope: FastifyInstance): void => addRoutes(scope, { ...options, source }, work);
  await server.register(async (scope) => routes(scope));
  if (prefix !== '') await server.register(async (scope) => routes(scope), { prefix });

  try {
    await server.listen({ host, port });
  } catch (thrown) {
    throw cannotListen(host, port, thrown);
  }
  const [where] = server.addresses();
  const bound = typeof where === 'object' ? where.port : port;
  return {
    address: `http://${inUrl(host)}:${bound}`,
    port: bound,
    isOpen,
    async close() {
      stopping.abort(new Error('the server is being stopped'));
      await server.close();
    },
  };
}

/** What all answers of a server share. */
interface Work {
  readonly stopping: AbortSignal;
  /** Answers that are worked on. */
  underWay: number;
}

function addRoutes(scope: FastifyInstance, options: ServeOptions, work: Work): void {
  scope.get('/health', (_, reply) => reply.type('text/plain; charset=utf-8').send('Healthy'));
  scope.get('/api/v1/swagger.json', (_, reply) => reply.send(openApi()));
  for (const route of ROUTES) {
    scope.route({
      method: route.method,
      url: route.path,
      async handler(request, reply) {
        if (work.underWay >= MOST_AT_ONCE) {
          reply.header('retry-after', RETRY_AFTER_S);
          return refuse(reply, problemOf(503, 'Busy', { detail: `${MOST_AT_ONCE} answers are worked on: ask again` }));
        }
        work.underWay += 1;
        try {
          return await answer(route, request, reply, options, work.stopping);
        } finally {
          work.underWay -= 1;
        }
      },
    });
  }
}

/** Until it is answered, its time is over, whoever asked has gone, or the server stops. */
async function answer(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  { source, patienceMs = PATIENCE_MS }: ServeOptions,
  stopping: AbortSignal,
): Promise<FastifyReply> {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort(new Error('nobody waits for this answer any more')));
  const late = AbortSignal.timeout(patienceMs);
  const signal = AbortSignal.any([gone.signal, late, stopping]);
  try {
    const { body, from, missing = new Map() } = await route.answer(request.query, request.body, { source, signal });
    if (from.length > 0) reply.header(PROVENANCE, provenanceOf(from));
    if (missing.size > 0) reply.header(MISSING, missingOf(missing));
    return isEmpty(route, body) ? reply.code(204).send() : reply.send(body);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
    return late.aborted
      ? refuse(reply, problemOf(504, 'Timeout', { detail: `no answer within ${patienceMs / 1000} s` }))
      : refuse(reply, problemOf(503, 'Stopped', { detail: 'the request was called off' }));
  }
}

const refuse = (reply: FastifyReply, problem: Problem): FastifyReply =>
  reply.code(problem.status).type(PROBLEM_TYPE).send(problem);

/** Bodies that are too large, of another type or no JSON, and URLs that cannot be read, are the client's to mend. */
function fromFastify({ statusCode = 500, message }: FastifyError): Problem {
  return statusCode >= 400 && statusCode < 500
    ? problemOf(statusCode, 'BadRequest', { detail: message, errors: { $: [message] } })
    : problemOf(500, 'InternalServerError');
}

function cannotListen(host: string, port: number, thrown: unknown): Failure {
  const { message } = asError(thrown);
  const taken = message.includes('EADDRINUSE');
  return new Failure('serve/cannot-listen', taken ? 'another process listens there' : message, {
    value: `${inUrl(host)}:${port}`,
    expected: taken
      ? 'another --port, or --port 0 for any that is free'
      : 'an address of this machine and a port that you may use',
    cause: thrown,
  });
}

/** A source that gives others only what they may have. */
function passingOn(source: CarbonSource): CarbonSource {
  const assertTheirs = <T extends Intensities | undefined>(told: T): T => {
    if (told === undefined || told.mayBePassedOn) return told;
    throw new Failure('grid/restricted', `values of ${told.publisher} are for whoever holds its key, on this machine`);
  };
  return {
    ...source,
    past: async (...question) => assertTheirs(await source.past(...question)),
    forecast: async (...question) => assertTheirs(await source.forecast(...question)),
    forecastAt: async (...question) => assertTheirs(await source.forecastAt(...question)),
  };
}
