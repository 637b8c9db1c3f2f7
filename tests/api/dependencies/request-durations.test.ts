import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { RequestDurations } from '../../../src/api/dependencies/request-durations.ts'

function linesOf(text: string, name: string): string[] {
  return text.split('\n').filter((line) => line.startsWith(name))
}

describe('RequestDurations', () => {
  it('appears in the registry as a histogram, each bucket with all that took no longer', async () => {
    const registry = new Registry()
    const record = new RequestDurations(registry).recorder('/v1/a/:b', 'GET')
    for (const durationMs of [0.4, 0.5, 0.6, 30, 20_000]) record(200, durationMs)
    const text = await registry.metrics()
    expect(text).toContain('# TYPE http_request_duration_seconds histogram')
    const labels = 'route="/v1/a/:b",method="GET",status="200"'
    expect(linesOf(text, 'http_request_duration_seconds_bucket')).toEqual(
      [
        ['0.0005', 2],
        ['0.001', 3],
        ['0.0025', 3],
        ['0.005', 3],
        ['0.01', 3],
        ['0.025', 3],
        ['0.05', 4],
        ['0.1', 4],
        ['0.25', 4],
        ['0.5', 4],
        ['1', 4],
        ['2.5', 4],
        ['5', 4],
        ['10', 4],
        ['+Inf', 5],
      ].map(([le, count]) => `http_request_duration_seconds_bucket{le="${le}",${labels}} ${count}`),
    )
    expect(text).toContain(`http_request_duration_seconds_count{${labels}} 5`)
    const sum = linesOf(text, `http_request_duration_seconds_sum{${labels}}`)[0]?.split(' ')[1]
    expect(Number(sum)).toBeCloseTo(20.0315, 6)
  })

  it('keeps routes, methods and statuses apart', async () => {
    const registry = new Registry()
    const durations = new RequestDurations(registry)
    durations.recorder('/a', 'GET')(200, 1)
    durations.recorder('/a', 'PUT')(200, 1)
    const record = durations.recorder('/b', 'GET')
    record(200, 1)
    record(404, 1)
    record(404, 1)
    const counts = linesOf(await registry.metrics(), 'http_request_duration_seconds_count')
    expect(counts.map((line) => line.split(' ')[1])).toEqual(['1', '1', '1', '2'])
  })

  it('begins anew when the registry is reset', async () => {
    const registry = new Registry()
    const record = new RequestDurations(registry).recorder('/a', 'GET')
    record(200, 1)
    registry.resetMetrics()
    record(200, 2000)
    const [count] = linesOf(await registry.metrics(), 'http_request_duration_seconds_count')
    const [sum] = linesOf(await registry.metrics(), 'http_request_duration_seconds_sum')
    expect([count, sum].map((line) => line?.split(' ')[1])).toEqual(['1', '2'])
  })
})
