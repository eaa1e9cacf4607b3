/**
 * The description of the routes (OpenAPI 3.1), made from the schemas that read and write them.
 *
 * @module
 */
import { z } from 'zod';
import { VERSION } from '../../version.ts';
import { problem } from '../problem.ts';
import { ROUTES, type Route } from './routes.ts';

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): object => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
};
const content = (schema: object, type = 'application/json'): object => ({ content: { [type]: { schema } } });

function operationOf({ operation, about, query, item, reply }: Route): object {
  const refused = content(schemaOf(problem, 'output'), 'application/problem+json');
  return {
    operationId: operation,
    tags: ['CarbonAware'],
    description: about,
    parameters: Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
      name,
      in: 'query',
      required: !schema.safeParse(undefined).success,
      schema: schemaOf(schema, 'input'),
    })),
    ...(item === undefined ? {} : { requestBody: { required: true, ...content(schemaOf(item.array(), 'input')) } }),
    responses: {
      200: { description: 'what was asked for', ...content(schemaOf(reply, 'output')) },
      ...(item === undefined ? { 204: { description: 'nothing is known' } } : {}),
      400: { description: 'the request says what it must not', ...refused },
      503: { description: 'no source answers; try again later', ...refused },
    },
  };
}

export const openApi = (): object => ({
  openapi: '3.1.0',
  info: { title: 'Gridtide: Carbon Aware SDK Web API', version: VERSION },
  paths: Object.fromEntries(ROUTES.map((route) => [route.path, { [route.method.toLowerCase()]: operationOf(route) }])),
});
