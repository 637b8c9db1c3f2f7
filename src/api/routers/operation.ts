import type { FastifySchema } from 'fastify'
import type { TSchema } from 'typebox'
import type { Access } from '../dependencies/caller.ts'
import { PROBLEM_TYPE } from '../middleware/problem-middleware.ts'
import { ProblemResponse } from '../models/responses/problem-response.ts'

/** The name of the problem schema in the OpenAPI document. */
const PROBLEM_SCHEMA_ID = 'Problem'

/** The problem schema as routes refer to it. */
export const problemSchema: object = { ...ProblemResponse, $id: PROBLEM_SCHEMA_ID }

/** What a route answers when all is well: a JSON model, other media, or nothing. */
export interface SuccessAnswer {
  readonly description: string
  readonly json?: TSchema
  /** Media type → model. */
  readonly media?: Readonly<Record<string, TSchema>>
  /** Header → what it says. */
  readonly headers?: Readonly<Record<string, string>>
}

/** What the OpenAPI document says of a route, and what its requests are checked against. */
export interface Operation {
  /** Unique in the document; clients name their methods after it. */
  readonly id: string
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly params?: TSchema
  readonly query?: TSchema
  readonly headers?: TSchema
  /** A JSON body. */
  readonly body?: TSchema
  /** A body by media type; instead of `body`. */
  readonly bodies?: Readonly<Record<string, TSchema>>
  readonly answers: Readonly<Record<number, SuccessAnswer>>
}

/** The schema of a route: its own part, and what all routes have in common. */
export function operation(access: Pick<Access, 'security'>, route: Operation): FastifySchema {
  const documented: FastifySchema & Record<string, unknown> = {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    security: access.security,
    response: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, answer]) => [status, success(answer)]),
      ),
      '4xx': problem('The request was refused'),
      '5xx': problem('The service failed'),
    },
  }
  if (route.description !== undefined) documented['description'] = route.description
  if (route.params !== undefined) documented.params = route.params
  if (route.query !== undefined) documented.querystring = route.query
  if (route.headers !== undefined) documented.headers = route.headers
  if (route.body !== undefined) documented.body = route.body
  if (route.bodies !== undefined) documented.body = { content: mediaOf(route.bodies) }
  return documented
}

function success(answer: SuccessAnswer): object {
  const media = answer.json === undefined ? answer.media : { 'application/json': answer.json }
  const { description } = answer
  const headers = answer.headers === undefined ? {} : { headers: headersOf(answer.headers) }
  if (media === undefined) return { description, type: 'null', ...headers }
  return { description, content: mediaOf(media), ...headers }
}

function problem(description: string): object {
  return { description, content: { [PROBLEM_TYPE]: { schema: { $ref: `${PROBLEM_SCHEMA_ID}#` } } } }
}

function mediaOf(media: Readonly<Record<string, TSchema>>): object {
  return Object.fromEntries(Object.entries(media).map(([type, schema]) => [type, { schema }]))
}

function headersOf(headers: Readonly<Record<string, string>>): object {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { type: 'string', description }]),
  )
}
