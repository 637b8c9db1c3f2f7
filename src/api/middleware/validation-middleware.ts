import type { FastifyInstance, FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { TLocalizedValidationError } from 'typebox/error'
import { type FieldFault, HttpProblem } from '../models/responses/problem-response.ts'

type Validate = ReturnType<FastifySchemaCompiler<TSchema>>

/**
 * Checks bodies and queries against the schemas of the routes in `app`, whatever validator the host has.
 *
 * Bodies are taken as they are. Query strings carry only text, so numbers and flags in them are read
 * as such. Path parameters and headers have parsers of their own and only stand in the documentation.
 * Answers are written as plain JSON: what a schema doesn't know is a mistake to be found by a test,
 * not a field to be dropped in silence.
 */
export function validationMiddleware(app: FastifyInstance): void {
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => {
    if (httpPart === 'body') return bodyValidator(schema)
    return httpPart === 'querystring' ? queryValidator(schema) : acceptAll
  })
  app.setSerializerCompiler(() => JSON.stringify)
}

const acceptAll: Validate = () => true

function bodyValidator(schema: TSchema): Validate {
  const validator = Compile(schema)
  return (body) => {
    if (validator.Check(body)) return { value: body }
    return { error: invalid('the body', faultsOf(validator.Errors(body), '')) }
  }
}

function queryValidator(schema: TSchema): Validate {
  const validator = Compile(schema)
  const types = propertyTypes(schema)
  const acceptsNone = validator.Check({})
  return (query) => {
    if (acceptsNone && isEmpty(query)) return true
    const read = readQuery(query, types)
    if (validator.Check(read)) return { value: read }
    return { error: invalid('the query', faultsOf(validator.Errors(read), '?')) }
  }
}

function invalid(part: string, errors: readonly FieldFault[]): HttpProblem {
  const [first] = errors
  const why = first === undefined ? 'it is not what the route expects' : describeFault(first)
  return new HttpProblem('CACHE_REQUEST_INVALID', `Cannot use ${part}: ${why}`, { errors })
}

function describeFault({ field, message }: FieldFault): string {
  return field === '' ? message : `${field}: ${message}`
}

/** What is wrong, once per field, in words of our own where the validator's speak of schemas. It finds eight at most. */
function faultsOf(errors: readonly TLocalizedValidationError[], prefix: string): FieldFault[] {
  const unions = errors.filter((error) => error.keyword === 'anyOf')
  const isOfUnion = ({ schemaPath }: TLocalizedValidationError): boolean =>
    unions.some((union) => schemaPath.startsWith(`${union.schemaPath}/anyOf`))
  return errors.filter((error) => !isOfUnion(error)).flatMap((error) => faultsOfOne(error, prefix))
}

function faultsOfOne(error: TLocalizedValidationError, prefix: string): FieldFault[] {
  const at = (name: string): string => field(`${error.instancePath}/${name}`, prefix)
  switch (error.keyword) {
    // It repeats what comes once for each field as `boolean`, and is cut off first when there are many.
    case 'additionalProperties':
      return []
    case 'boolean':
      return [{ field: field(error.instancePath, prefix), message: 'there is no such field' }]
    case 'required':
      return error.params.requiredProperties.map((name) => ({
        field: at(name),
        message: 'is missing',
      }))
    case 'anyOf':
      return [{ field: field(error.instancePath, prefix), message: 'has a type it can not have' }]
    default:
      return [{ field: field(error.instancePath, prefix), message: error.message }]
  }
}

/** A JSON Pointer for bodies, `?name` for queries. */
function field(pointer: string, prefix: string): string {
  return prefix === '' ? pointer : `${prefix}${pointer.slice(1)}`
}

/** Most requests have no query; nothing is allocated for them. */
function isEmpty(query: unknown): boolean {
  for (const _name in query as object) return false // What Fastify parses is an object without prototype.
  return true
}

function propertyTypes(schema: TSchema): ReadonlyMap<string, string> {
  const types = new Map<string, string>()
  if (!('properties' in schema) || typeof schema.properties !== 'object') return types
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if ('type' in property && typeof property.type === 'string') types.set(name, property.type)
  }
  return types
}

/** The query with whole numbers and flags as what they are; what is neither stays text, and so is refused. */
function readQuery(query: unknown, types: ReadonlyMap<string, string>): unknown {
  if (typeof query !== 'object' || query === null) return query
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, readParameter(value, types.get(name))]),
  )
}

function readParameter(value: unknown, type: string | undefined): unknown {
  if (typeof value !== 'string') return value
  if (type === 'integer' && /^\d{1,15}$/.test(value)) return Number(value)
  // A flag may stand alone: `?verbose`.
  if (type === 'boolean' && ['1', 'true', ''].includes(value)) return true
  if (type === 'boolean' && ['0', 'false'].includes(value)) return false
  return value
}
