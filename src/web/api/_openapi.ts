import * as z from 'zod';
import { signUpAnswer, signUpBody, typoAnswer } from '../join/subscribers-api.ts';
import { comparison, comparisonList, problem, resultList, tool } from './_api-shapes.ts';

const limit = {
  name: 'limit',
  in: 'query',
  description: 'Maximum number of entries',
  schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
};

/** The OpenAPI 3.1 description of `/api`; its schemas are generated from the Zod schemas of requests and responses. */
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
        [
          {
            name: 'after',
            in: 'query',
            description: 'Only comparisons with a slug after this one',
            schema: { type: 'string' },
          },
          limit,
        ],
      ),
      '/api/comparisons/{slug}': pathOf('One comparison that readers can see', comparison, [slug]),
      '/api/comparisons/{slug}/badge.svg': badgeOf('What readers say of both tools, as a picture'),
      '/api/tools/{slug}': pathOf('One tool', tool, [slug]),
      '/api/tools/{slug}/badge.svg': badgeOf('What readers say of a tool, as a picture'),
      '/api/subscribers': subscribersPath(),
      '/api/results': pathOf('Frozen results of issues, newest first', resultList, [
        {
          name: 'before',
          in: 'query',
          description: 'Only issues before this week',
          schema: { type: 'string', pattern: String.raw`^[1-9]\d{3}-W(0[1-9]|[1-4]\d|5[0-3])$` },
        },
        limit,
      ]),
    },
  };
}

const slug = {
  name: 'slug',
  in: 'path',
  required: true,
  schema: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]*$', maxLength: 204 },
};

interface Parameter {
  name: string;
  in: string;
  description?: string;
  required?: boolean;
  schema: object;
}

function pathOf(summary: string, shape: z.ZodType, parameters: readonly Parameter[]) {
  const isSingle = parameters.some((parameter) => parameter.in === 'path');
  return {
    get: {
      summary,
      parameters,
      responses: {
        200: responseOf(isSingle ? summary : 'One page of entries', shape),
        304: { description: 'Not modified, by If-None-Match' },
        400: responseOf('Invalid or unknown parameter', problem),
        ...(isSingle ? { 404: responseOf('There is none with this slug', problem) } : {}),
      },
    },
  };
}

function badgeOf(summary: string) {
  return {
    get: {
      summary,
      parameters: [slug],
      responses: {
        200: { description: summary, content: { 'image/svg+xml': { schema: { type: 'string' } } } },
        304: { description: 'Not modified, by If-None-Match' },
        400: responseOf('Unknown parameter', problem),
        404: responseOf('There is none with this slug', problem),
      },
    },
  };
}

function subscribersPath() {
  return {
    post: {
      summary:
        'Signs a reader up: they get a mail with a button that confirms it. From our own pages and configured origins',
      requestBody: {
        required: true,
        content: { 'application/json': { schema: z.toJSONSchema(signUpBody, { io: 'input' }) } },
      },
      responses: {
        202: responseOf('Accepted; the same for every address', signUpAnswer),
        400: responseOf('Not an address that can be sent to, or an invalid body', problem),
        403: responseOf('From a website that is not configured', problem),
        413: responseOf('The body is too long', problem),
        422: responseOf('A likely typo: ask the reader, then send again with `as_typed`', typoAnswer),
      },
    },
  };
}

function responseOf(description: string, shape: z.ZodType) {
  return { description, content: { 'application/json': { schema: z.toJSONSchema(shape) } } };
}
