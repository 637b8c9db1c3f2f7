import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ENVELOPE_TYPE } from '../../src/api/models/requests/get-cache-request.ts'
import { type ApiStage, apiStage, type Call } from './api-stage.ts'

const RUNS = 500

const method = fc.constantFrom<Parameters<Call>[0][]>(
  'GET',
  'HEAD',
  'PUT',
  'POST',
  'PATCH',
  'DELETE',
)

/** Mostly what routes expect, and now and then anything at all. */
const segment = fc.oneof(
  fc.constantFrom(
    'users',
    'a',
    'user:1',
    '_lease',
    '_explain',
    '_mget',
    '_invalidate',
    'keys',
    'entries',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }).map(encodeURIComponent),
  fc.stringMatching(/^[%\w.:~!$&'()*+,;=@-]{0,20}$/),
)
const path = fc.oneof(
  fc.tuple(segment, segment).map(([cache, key]) => `/v1/caches/${cache}/entries/${key}`),
  fc.tuple(segment, segment).map(([cache, action]) => `/v1/caches/${cache}/${action}`),
  fc.tuple(segment, segment).map(([tenant, rest]) => `/v1/admin/tenants/${tenant}/caches/${rest}`),
  fc.array(segment, { maxLength: 8 }).map((parts) => `/${parts.join('/')}`),
)
const query = fc.oneof(
  fc.constant(''),
  fc.constantFrom(
    '?stale=ok',
    '?dryRun=1',
    '?limit=5',
    '?cursor=x',
    '?match=a*',
    '?reveal',
    '?__proto__=1',
  ),
  fc.stringMatching(/^\?[%\w=&[\]]{0,20}$/),
)
const body = fc.oneof(
  fc.json(),
  fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
  fc
    .record(
      {
        keys: fc.anything(),
        items: fc.anything(),
        key: fc.anything(),
        ttl: fc.anything(),
        value: fc.anything(),
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value, withoutBigInt) ?? ''),
  fc.constantFrom(
    '',
    '{',
    '{"__proto__":{}}',
    '{"key":"\\ud800"}',
    '{"regex":"("}',
    '{"keys":["a"]}',
  ),
)
const headerText = fc.stringMatching(/^[!-~][ -~]{0,20}$/)
const headers = fc.record(
  {
    'content-type': fc.oneof(
      fc.constantFrom('application/json', ENVELOPE_TYPE, 'text/plain'),
      headerText,
    ),
    'cache-ttl': headerText,
    'cache-tags': headerText,
    'cache-priority': headerText,
    'cache-lease': headerText,
    'if-match': headerText,
    'if-none-match': headerText,
    accept: headerText,
  },
  { requiredKeys: [] },
)

function withoutBigInt(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

async function assertLives({ call }: ApiStage): Promise<void> {
  const url = '/v1/caches/alive/entries/a'
  expect((await call('PUT', url, { body: 'x' })).status).toBeLessThan(300)
  expect(await call('GET', url)).toMatchObject({ status: 200, text: 'x' })
  expect(Object.keys(Object.prototype)).toEqual([])
}

const request = fc.record({ method, path, query, headers, body })

describe('whatever is sent', () => {
  it('is answered without a failure of the service, refusals as problems, and the service lives on', async () => {
    const stage = await apiStage()
    await fc.assert(
      fc.asyncProperty(request, async (sent) => {
        const isBodyless = sent.method === 'GET' || sent.method === 'HEAD'
        const answer = await stage.call(sent.method, `${sent.path}${sent.query}`, {
          // `call` sends text as it is when a type is named.
          headers: { 'content-type': 'application/octet-stream', ...sent.headers },
          ...(isBodyless ? {} : { body: sent.body }),
        })
        expect(answer.status).not.toBe(500)
        if (answer.status >= 400 && sent.method !== 'HEAD') {
          expect(answer.headers['content-type']).toBe('application/problem+json')
        }
      }),
      { numRuns: RUNS },
    )
    await assertLives(stage)
  }, 60_000)
})
