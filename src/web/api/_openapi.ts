import * as z from 'zod';
import { comparisonList, problem, resultList } from './_api-shapes.ts';

const limit = {
  name: 'limit',
  in: 'query',
  description: 'Maximum number of entries',
  schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
};

/** The OpenAPI 3.1 description of `/api`; its schemas come from the types of the responses. */
export function openApiDocument(publicUrl: string) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Weekly AI Tool Verdicts',
      version: '1',
      description:
        'Verdicts of the panel and votes of the newsletter’s readers. Public, any origin, with ETags.',
    },
    servers: [{ url: publicUrl }],
    paths: {
      '/api/comparisons': pathOf(
        'Published comparisons in order of slug, with the reader votes on their tools in all closed issues',
        comparisonList,
        {
          name: 'after',
          description: 'Only comparisons with a slug after this one',
          schema: { type: 'string' },
        },
      ),
      '/api/results': pathOf('Frozen results of issues, newest first', resultList, {
        name: 'before',
        description: 'Only issues before this week',
        schema: { type: 'string', pattern: String.raw`^\d{4}-W\d{2}$` },
      }),
    },
  };
}

function pathOf(
  summary: string,
  shape: z.ZodType,
  cursor: { name: string; description: string; schema: object },
) {
  return {
    get: {
      summary,
      parameters: [{ ...cursor, in: 'query' }, limit],
      responses: {
        200: responseOf('One page of entries', shape),
        304: { description: 'Not modified, by If-None-Match' },
        400: responseOf('Invalid parameter', problem),
      },
    },
  };
}

function responseOf(description: string, shape: z.ZodType) {
  return { description, content: { 'application/json': { schema: z.toJSONSchema(shape) } } };
}
