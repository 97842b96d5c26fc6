import { z } from 'zod';
import { comparisonList, problem, resultList } from './_api-shapes.ts';

const limit = {
  name: 'limit',
  in: 'query',
  description: 'How many at most',
  schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
};

/** What `/api` answers, as OpenAPI 3.1; the shapes are those that the answers are checked by. */
export function openApiDocument(publicUrl: string) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Weekly AI Tool Verdicts',
      version: '1',
      description:
        'What the panel and the readers of the newsletter say. Public, cached by ETag, for any origin.',
    },
    servers: [{ url: publicUrl }],
    paths: {
      '/api/comparisons': pathOf(
        'Published comparisons by slug, with what readers of all closed issues said of the tools',
        comparisonList,
        { name: 'after', description: 'Only slugs after this one', schema: { type: 'string' } },
      ),
      '/api/results': pathOf('Frozen results of issues, the newest first', resultList, {
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
        200: answerOf('A page of them', shape),
        304: { description: 'The same as before, by If-None-Match' },
        400: answerOf('A parameter that cannot be used', problem),
      },
    },
  };
}

function answerOf(description: string, shape: z.ZodType) {
  return { description, content: { 'application/json': { schema: z.toJSONSchema(shape) } } };
}
