/**
 * Whoever asks the Carbon Aware SDK's Web API may ask this door instead: paths, parameters, statuses and JSON are the same,
 * and what is not is listed in `docs/reference/carbon-aware-sdk.md`.
 *
 * Facts: what the SDK's own tests expect (Green Software Foundation, Carbon Aware SDK 1.8,
 * `CarbonAwareControllerTests.cs`, `ForecastHandlerTests.cs`, MIT).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openDoor } from '../support/door.ts';

/** Two days of hours, the second place 100 g dirtier; one cell is empty. */
const HOURS = [
  'time,eastus,westus',
  ...Array.from({ length: 48 }, (_, hour) => {
    const stamp = new Date(Date.UTC(2022, 0, 1, hour)).toISOString();
    return `${stamp},${hour === 30 ? '' : 100 + hour},${200 + hour}`;
  }),
  '',
].join('\n');
/** Twenty minutes that are foreseen. */
const AHEAD = `time,westus
2022-01-01T00:00Z,10
2022-01-01T00:05Z,20
2022-01-01T00:10Z,30
2022-01-01T00:15Z,40
`;
const SIGNAL = 'average/consumption/lifecycle/CO2e';
const past = () => openDoor(HOURS, { at: '2022-01-03T00:00Z', gridSignal: SIGNAL });
const ahead = () => openDoor(AHEAD, { at: '2022-01-01T00:00Z', gridSignal: SIGNAL });

const forecasts = z.array(
  z.object({
    dataStartAt: z.string(),
    dataEndAt: z.string(),
    windowSize: z.number(),
    optimalDataPoints: z.array(z.object({ timestamp: z.string(), value: z.number() })),
    forecastData: z.array(z.object({ timestamp: z.string(), duration: z.number(), value: z.number() })),
  }),
);
const ratings = z.array(z.object({ rating: z.number() })).transform((points) => points.map(({ rating }) => rating));
const problem = z.object({ status: z.number(), title: z.string(), errors: z.record(z.string(), z.array(z.string())) });

describe('what a client is answered', () => {
  it.each([
    ['/health', 200],
    ['/fake-endpoint', 404],
    ['/emissions/bylocation?location=', 400],
    ['/emissions/bylocation?non-location-param=', 400],
    ['/emissions/bylocations?location=', 400],
    ['/emissions/bylocations/best?location=', 400],
    ['/emissions/forecasts/current?location=', 400],
    ['/emissions/average-carbon-intensity?location=', 400],
    [
      '/emissions/forecasts/current?location=westus&dataStartAt=1999-01-01T00:00:00Z&dataEndAt=1999-01-02T00:00:00Z',
      400,
    ],
    [
      '/emissions/bylocation?location=eastus&time=2022-01-01T04:05:06.0000000%2B00:00&toTime=2022-01-02T04:05:06.0000000%2B00:00',
      200,
    ],
    ['/emissions/bylocation?location=eastus&time=2021-01-01T00:00Z&toTime=2021-01-02T00:00Z', 204],
  ])('%s: %i', async (path, status) => {
    const door = path.includes('forecasts') ? await ahead() : await past();
    const reply = await door.get(path);
    expect(reply.status).toBe(status);
    if (status === 204) expect(reply.body).toBe('');
  });

  it.each([
    ['forecasts', [{ location: null, requestedAt: null }]],
    ['forecasts', [{ location: 'eastus', requestedAt: '2021-9-1T08:30:00Z' }]],
    ['average-carbon-intensity', [{ location: 'eastus', startTime: null, endTime: null }]],
  ])('a batch of %s with %j: 400', async (what, body) => {
    expect((await (await past()).post(`/emissions/${what}/batch`, body)).status).toBe(400);
  });

  it('of three averages in a batch is three, over the ranges that were asked for', async () => {
    const asked = [0, 1, 2].map((hour) => ({
      location: 'eastus',
      startTime: `2022-01-01T0${hour}:00:00Z`,
      endTime: `2022-01-01T0${hour + 1}:30:00Z`,
    }));
    const { status, body } = await (await past()).post('/emissions/average-carbon-intensity/batch', asked);
    expect(status).toBe(200);
    expect(body).toEqual(
      [0, 1, 2].map((hour) => ({
        location: 'eastus',
        startTime: `2022-01-01T0${hour}:00:00+00:00`,
        endTime: `2022-01-01T0${hour + 1}:30:00+00:00`,
        carbonIntensity: expect.closeTo(100 + hour + 1 / 3, 9),
      })),
    );
  });

  it('is a list of points, each with the name that was asked for', async () => {
    const { body, headers } = await (await past()).get('/emissions/bylocation?location=eastus&time=2022-01-01T08:30Z');
    expect(body).toEqual([
      { location: 'eastus', time: '2022-01-01T08:00:00+00:00', rating: 108, duration: '01:00:00' },
    ]);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('gridtide-provenance')).toBe(
      '"eastus";zone="eastus";signal="average/consumption/lifecycle/CO2e";quality="replayed";source="grid.csv";licence="as the file states"',
    );
  });

  it('is every mistake at once, at its parameter', async () => {
    const door = await past();
    const { status, body, headers } = await door.get('/emissions/average-carbon-intensity?endTime=soon');
    expect(status).toBe(400);
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(body).toEqual({
      title: 'ArgumentException',
      status: 400,
      detail: 'Invalid parameters',
      errors: {
        location: ['location is not set'],
        startTime: ['startTime is not set'],
        endTime: ['endTime cannot be read: expected a time such as 2022-03-01T15:30:00Z'],
      },
      traceId: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/),
    });
    const batch = await door.post('/emissions/forecasts/batch', [{ location: 'eastus' }, { windowSize: -1 }, 3]);
    expect(problem.parse(batch.body).errors).toEqual({
      '[0].requestedAt': ['requestedAt is not set'],
      '[1].requestedAt': ['requestedAt is not set'],
      '[1].location': ['location is not set'],
      '[1].windowSize': [expect.stringContaining('whole number of minutes')],
      '[2]': ['an item must be a JSON object'],
    });
  });

  it.each([
    ['toTime=2022-01-01T00:00Z', 'time', 'time must be defined if toTime is defined'],
    ['time=2022-01-01T01:00Z&toTime=2022-01-01T01:00Z', 'time', 'time must be before toTime'],
    ['time=2022-01-01T00:00Z&time=2022-01-01T01:00Z', 'time', 'time must be one time such as 2022-03-01T15:30:00Z'],
    ['location=westus', 'location', 'location must be one text; /emissions/bylocations takes several'],
  ])('%s is refused: %s', async (query, name, message) => {
    const { status, body } = await (await past()).get(`/emissions/bylocation?location=eastus&${query}`);
    expect(status).toBe(400);
    expect(problem.parse(body).errors).toEqual({ [name]: [message] });
  });

  it('to a location that nobody knows says so', async () => {
    const { status, body } = await (await past()).get('/emissions/bylocations?location=eastus&location=atlantis');
    expect(status).toBe(400);
    expect(problem.parse(body)).toMatchObject({
      title: 'ArgumentException',
      errors: { location: [expect.stringContaining("Unknown Location: 'atlantis' not found")] },
    });
  });

  it('asks by names in any case, with a slash at the end, below a prefix and without it', async () => {
    const door = await openDoor(HOURS, { at: '2022-01-03T00:00Z', prefix: '/carbon' });
    for (const path of ['/Emissions/ByLocation/?Location=EASTUS', '/carbon/emissions/bylocation?location=westus']) {
      expect((await door.get(`${path}&Time=2022-01-01T08:30Z`)).status, path).toBe(200);
    }
    expect((await door.get('/carbon/health')).body).toBe('Healthy');
  });

  it('lists the columns of a file and the regions that they serve, by what may be asked for', async () => {
    const door = await openDoor('time,DE,lab\n2022-01-01T00:00Z,1,2\n2022-01-01T01:00Z,1,2\n');
    const { body } = await door.get('/locations');
    expect(body).toMatchObject({
      lab: { latitude: null, longitude: null, name: 'lab' },
      'eu-central-1': { latitude: 50.11, longitude: 8.68, name: 'eu-central-1' },
      'europe-west3': { name: 'europe-west3' },
      germanywestcentral: { name: 'germanywestcentral' },
    });
    expect(body).not.toHaveProperty('eastus');
    for (const name of ['lab', 'DE', 'germany', 'eu-central-1', 'aws:eu-central-1', 'europe-west3', '52.52,13.40'])
      expect((await door.get(`/emissions/bylocation?location=${name}&time=2022-01-01`)).status, name).toBe(200);
  });

  it('describes itself, every route by the name that generated clients know', async () => {
    const { body } = await (await past()).get('/api/v1/swagger.json');
    const { paths } = z
      .object({ paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string() }))) })
      .parse(body);
    expect(Object.values(paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId))).toEqual([
      'GetEmissionsDataForLocationByTime',
      'GetEmissionsDataForLocationsByTime',
      'GetBestEmissionsDataForLocationsByTime',
      'GetCurrentForecastData',
      'BatchForecastDataAsync',
      'GetAverageCarbonIntensity',
      'GetAverageCarbonIntensityBatch',
      'GetAllLocations',
    ]);
  });
});

describe('a forecast', () => {
  const of = async (query: string) => (await ahead()).get(`/emissions/forecasts/current?location=westus${query}`);

  it.each([
    ['2022-01-01T00:02:00Z', '2022-01-01T00:12:00Z', '', [10, 20, 30]],
    ['2022-01-01T00:00:00Z', '2022-01-01T00:15:00Z', '10', [15, 25]],
    ['2022-01-01T00:00:00Z', '2022-01-01T00:20:00Z', '', [10, 20, 30, 40]],
  ])('from %s to %s in windows of "%s" min is %j', async (start, end, window, expected) => {
    const { body } = await of(`&dataStartAt=${start}&dataEndAt=${end}&windowSize=${window}`);
    const [forecast] = forecasts.parse(body);
    expect(forecast?.forecastData.map(({ value }) => value)).toEqual(expected);
    expect(forecast?.optimalDataPoints.map(({ value }) => value)).toEqual([Math.min(...expected)]);
  });

  it.each([
    ['2021-12-31T00:00:00Z', '2022-01-01T00:20:00Z'],
    ['2022-01-01T00:00:00Z', '2022-01-01T00:30:00Z'],
    ['2021-12-31T00:00:00Z', ''],
    ['', '2022-01-01T00:30:00Z'],
    ['2022-01-01T00:20:00Z', '2022-01-01T00:00:00Z'],
  ])('from "%s" to "%s" is refused', async (start, end) => {
    expect((await of(`&dataStartAt=${start}&dataEndAt=${end}`)).status).toBe(400);
  });

  it('has the form of the original', async () => {
    const { body } = await of('&windowSize=15');
    expect(body).toEqual([
      {
        generatedAt: expect.stringMatching(/^2022-01-01T00:0\d:\d\d(\.\d+)?\+00:00$/),
        requestedAt: expect.stringMatching(/^2022-01-01T00:0\d:\d\d(\.\d+)?\+00:00$/),
        location: 'westus',
        dataStartAt: '2022-01-01T00:00:00+00:00',
        dataEndAt: '2022-01-01T00:20:00+00:00',
        windowSize: 15,
        optimalDataPoints: [{ location: 'westus', timestamp: '2022-01-01T00:00:00+00:00', duration: 15, value: 20 }],
        forecastData: [
          { location: 'westus', timestamp: '2022-01-01T00:00:00+00:00', duration: 15, value: 20 },
          { location: 'westus', timestamp: '2022-01-01T00:05:00+00:00', duration: 15, value: 30 },
        ],
      },
    ]);
  });

  it('in a batch begins where it was asked for', async () => {
    const asked = [{ requestedAt: '2022-01-01T12:30:00Z', location: 'westus', dataEndAt: '2022-01-01T14:00:00Z' }];
    const { body } = await (await past()).post('/emissions/forecasts/batch', asked);
    expect(body).toMatchObject([
      {
        generatedAt: '2022-01-01T12:30:00+00:00',
        requestedAt: '2022-01-01T12:30:00+00:00',
        dataStartAt: '2022-01-01T12:00:00+00:00',
        forecastData: [{ value: 212 }, { value: 213 }],
      },
    ]);
  });
});

describe('where the original is wrong this is right:', () => {
  it('what is missing does not win', async () => {
    const { body } = await (await past()).get(
      '/emissions/bylocations/best?location=eastus&location=westus&time=2022-01-02T05:00Z&toTime=2022-01-02T09:00Z',
    );
    expect(body).toEqual([
      { location: 'eastus', time: '2022-01-02T05:00:00+00:00', rating: 129, duration: '01:00:00' },
    ]);
  });

  it.each([
    ['nothing', 'startTime=2021-01-01T00:00Z&endTime=2021-01-02T00:00Z', '2021-01-01T00:00:00Z'],
    ['less than all', 'startTime=2022-01-02T05:30Z&endTime=2022-01-02T09:00Z', '2022-01-02T06:00:00Z'],
  ])('an average of %s is refused', async (_, range, missing) => {
    const { status, body } = await (await past()).get(`/emissions/average-carbon-intensity?location=eastus&${range}`);
    expect(status).toBe(400);
    expect(problem.parse(body).errors).toEqual({
      startTime: [expect.stringContaining(`the intensity of eastus is not known at ${missing}`)],
    });
  });

  it('a range ends before its end, a forecast as well', async () => {
    const emissions = await (await past()).get(
      '/emissions/bylocation?location=eastus&time=2022-01-01T00:00Z&toTime=2022-01-01T03:00Z',
    );
    expect(ratings.parse(emissions.body)).toEqual([100, 101, 102]);
    const forecast = await (await ahead()).get(
      '/emissions/forecasts/current?location=westus&dataEndAt=2022-01-01T00:15:00Z',
    );
    expect(forecasts.parse(forecast.body)[0]?.forecastData.map(({ value }) => value)).toEqual([10, 20, 30]);
  });

  it.each(['2022-01-01T08:30:00', '2022-01-01T08:30', '2022-01-01T09:30:00+01:00', '2022-01-01T09:30:00%2B01:00'])(
    '%s is a time wherever the server stands',
    async (time) => {
      const { body } = await (await past()).get(`/emissions/bylocation?location=eastus&time=${time}`);
      expect(ratings.parse(body)).toEqual([108]);
    },
  );

  it('an hour that is yet to come was not emitted', async () => {
    const door = await openDoor(HOURS, { at: '2022-01-01T02:30Z' });
    const { body } = await door.get(
      '/emissions/bylocation?location=eastus&time=2022-01-01T00:00Z&toTime=2022-01-02T00:00Z',
    );
    expect(ratings.parse(body)).toEqual([100, 101, 102]);
  });

  it('a window of which a part is unknown is no window', async () => {
    const door = await openDoor(HOURS, { at: '2022-01-02T04:00Z' });
    const { body } = await door.get(
      '/emissions/forecasts/current?location=eastus&windowSize=120&dataEndAt=2022-01-02T10:00Z',
    );
    const [forecast] = forecasts.parse(body);
    expect(forecast?.forecastData.map(({ timestamp }) => timestamp.slice(11, 16))).toEqual(['04:00', '07:00', '08:00']);
  });

  it('a batch that asks for what cannot be told is refused, not broken', async () => {
    const door = await past();
    const asked = { requestedAt: '2022-02-01T00:00Z', location: 'eastus' };
    const { status, body } = await door.post('/emissions/forecasts/batch', [asked]);
    expect(status).toBe(400);
    expect(problem.parse(body).errors).toEqual({
      '[0].requestedAt': [expect.stringContaining('must not be later than now')],
    });
  });
});

const data = process.env['GRIDTIDE_DATA'];
describe.skipIf(data === undefined)('On the vectors (GRIDTIDE_DATA names the folder with conformance/)', () => {
  it('every request that is spelt out has its status', async () => {
    const read = z.object({ http: z.array(z.object({ req: z.string(), status: z.number() })) });
    const { http } = read.parse(
      JSON.parse(readFileSync(join(data ?? '', 'conformance', 'casdk_vectors.json'), 'utf8')),
    );
    const [hours, minutes] = [await past(), await ahead()];
    const spelt = http.flatMap(({ req, status }) => {
      const [, method, path, body] = /^(GET|POST) (\/\S+)(?: (\[.*\]))?$/.exec(req) ?? [];
      return path === undefined ? [] : [{ method, path, body, status }];
    });
    expect(spelt.length).toBeGreaterThanOrEqual(12);
    for (const { method, path, body, status } of spelt) {
      const door = path.includes('forecasts') && method === 'GET' ? minutes : hours;
      // The bodies are written as JavaScript.
      const batch = body === undefined ? undefined : body.replaceAll("'", '"').replaceAll(/(\w+):(?=["n])/g, '"$1":');
      const full = path.startsWith('/emissions') || method === 'GET' ? path : `/emissions${path}`;
      const reply = batch === undefined ? await door.get(full) : await door.post(full, batch);
      expect(reply.status, `${method} ${path} ${batch ?? ''}`).toBe(status);
    }
  });

  it('every forecast is as long and as high, but for the point that begins where the range ends', async () => {
    const read = z.object({
      forecastHandler: z.object({
        cases: z.array(
          z.object({
            start: z.string(),
            end: z.string(),
            windowSize: z.number().nullable(),
            count: z.number().optional(),
            ratings: z.array(z.number()).optional(),
          }),
        ),
        errors400: z.array(z.tuple([z.string().nullable(), z.string().nullable()])),
      }),
    });
    const { forecastHandler } = read.parse(
      JSON.parse(readFileSync(join(data ?? '', 'conformance', 'casdk_vectors.json'), 'utf8')),
    );
    const door = await ahead();
    const of = (start: string | null, end: string | null, window: number | null = null) =>
      door.get(
        `/emissions/forecasts/current?location=westus&dataStartAt=${start ?? ''}&dataEndAt=${end ?? ''}&windowSize=${window ?? ''}`,
      );
    for (const { start, end, windowSize, count, ratings: expected } of forecastHandler.cases) {
      const [forecast] = forecasts.parse((await of(start, end, windowSize)).body);
      const values = forecast?.forecastData.map(({ value }) => value) ?? [];
      if (count !== undefined) expect(values).toHaveLength(count);
      const beginsAtEnd = windowSize === null && end === '2022-01-01T00:15:00Z';
      if (expected !== undefined) expect(values).toEqual(beginsAtEnd ? expected.slice(0, -1) : expected);
    }
    for (const [start, end] of forecastHandler.errors400) expect((await of(start, end)).status).toBe(400);
  });
});
