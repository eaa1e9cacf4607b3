/**
 * `gridtide.yaml` as people write it, once, in zod: the checks and the JSON Schema for editors come from here.
 *
 * @module
 */
import { z } from 'zod';
import { bytes, country, money, oneOf } from '../shapes.ts';

const ZONE_EXPECTED = 'a grid zone such as "DE" or "US-CAL-CISO"';
const zone = z.string({ error: ZONE_EXPECTED }).regex(/^[A-Z]{2}(-[A-Z0-9]+)*$/, ZONE_EXPECTED);

const PLACE_EXPECTED = `${ZONE_EXPECTED}, a country, a cloud region such as "aws:eu-central-1", or a point such as "52.52,13.40"`;
/** What may be a place; which one it is, `grid/` knows. */
const place = z
  .string({ error: PLACE_EXPECTED })
  .max(128, PLACE_EXPECTED)
  .regex(/^(?:[A-Z]{2}(?:-[A-Z0-9]+)*|[A-Za-z]+:[\w-]+|[-+]?[\d.].*|\p{L}[^:]{2,})$/u, PLACE_EXPECTED);

const SITE_NAME = 'a name of letters, digits, ".", "_" and "-" that begins with a letter or digit, at most 64 long';

const text = (expected: string) =>
  z
    .string({ error: expected })
    .min(1, expected)
    .max(128, `${expected} of at most 128 characters`)
    .refine((value) => !value.includes('\0'), 'text without NUL');

const capacity = z
  .strictObject({
    cpus: z
      .number({ error: 'a number of CPUs such as 8' })
      .gt(0, 'a number of CPUs above zero')
      .max(1e9, 'at most 1e9 CPUs')
      .optional(),
    gpus: z
      .int({ error: 'a whole number of GPUs' })
      .min(0, 'a number of GPUs from zero')
      .max(1e9, 'at most 1e9 GPUs')
      .optional(),
    memory: bytes('Main memory, such as "64 GB".').optional(),
  })
  .meta({ description: 'What the site can give at once; default for `local`: this machine.' });

const price = z
  .strictObject({
    cpuHour: money('For one CPU during one hour, such as "0.03 EUR".').optional(),
    gpuHour: money('For one GPU during one hour, such as "2.10 EUR".').optional(),
    kWh: money('For a kilowatt-hour at the meter of the facility, such as "0.28 EUR".').optional(),
  })
  .refine((prices) => new Set(Object.values(prices).map((one) => one?.currency)).size <= 1, 'prices in one currency')
  .meta({ description: 'What running there costs; all prices of a site in one currency.' });

const site = z
  .strictObject({
    executor: oneOf(['local', 'slurm', 'kubernetes', 'edge', 'exec'])
      .meta({
        description: 'What runs the steps there; default `local`. This version runs `local` and plans the others.',
      })
      .optional(),
    zone: place
      .meta({
        description:
          'Grid zone, country, cloud region or "latitude,longitude"; needed unless the executor is `local`, where it is guessed and shown.',
      })
      .optional(),
    country: country.meta({ description: 'Country of the site; default: that of the zone.' }).optional(),
    pue: z
      .number({ error: 'a PUE such as 1.2' })
      .min(1, 'a PUE of at least 1')
      .max(10, 'a PUE of at most 10')
      .meta({ description: 'Energy of the facility over energy of its machines; default 1.' })
      .optional(),
    hardware: text('a name of hardware such as "h100"')
      .meta({ description: 'Name of the hardware, for profiles.' })
      .optional(),
    partition: text('a partition such as "gpu"')
      .meta({ description: 'Partition of the cluster (`slurm`).' })
      .optional(),
    capacity: capacity.optional(),
    price: price.optional(),
  })
  .meta({ description: 'A place that can run steps.' });

const HOST_EXPECTED =
  'a host such as "api.open-meteo.com" or "http://127.0.0.1:8080", without a query and without a key';
/** A host name with a port and a path as may be; `https` where no scheme stands before it. */
const host = z
  .string({ error: HOST_EXPECTED })
  .max(256, HOST_EXPECTED)
  .regex(/^(?:https?:\/\/)?[A-Za-z0-9.-]+(?::\d{1,5})?(?:\/[\w./-]*)?$/, HOST_EXPECTED)
  .refine((text) => URL.canParse(text.includes('://') ? text : `https://${text}`), HOST_EXPECTED);

const weather = z
  .union(
    [
      oneOf(['off']),
      z.strictObject({
        openMeteo: z
          .strictObject({
            host: host.meta({
              description:
                'Who is asked: `api.open-meteo.com` (free, for non-commercial use), `customer-api.open-meteo.com` (a plan, with a key in OPEN_METEO_API_KEY), or a server of your own such as `http://127.0.0.1:8080`.',
            }),
          })
          .meta({ description: 'Weather of Open-Meteo, or of a server that answers as it does.' }),
      }),
    ],
    { error: 'off, or who is asked, such as { openMeteo: { host: api.open-meteo.com } }' },
  )
  .meta({ description: 'Who tells the weather that forecasts of the grid rest on; default `off`: nobody is asked.' });

/** The configuration as written; `providers` are the grid providers that a chain can name. */
export function writtenConfig(providers: readonly string[]) {
  const error = `a grid provider: ${providers.join(', ')}`;
  const provider = z.enum(providers, { error });
  const link = z.union([provider, z.strictObject({ provider, allow: oneOf(['degrade']).optional() })], { error });
  return z
    .strictObject({
      sites: z
        .record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, SITE_NAME), site)
        .meta({ description: 'Places that can run steps, by name; `here` is this machine and there by default.' })
        .optional(),
      grid: z
        .record(zone, z.array(link, { error: 'a list of grid providers' }).min(1, 'at least one grid provider'))
        .meta({ description: 'For each zone the providers to ask, in this order.' })
        .optional(),
      weather: weather.optional(),
    })
    .meta({
      title: 'Gridtide configuration',
      description: 'Where work can run and who says how clean its electricity is.',
    });
}

export type ReadConfig = z.output<ReturnType<typeof writtenConfig>>;
