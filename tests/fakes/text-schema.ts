import type { StandardSchema } from '../../src/core/value-objects/standard-schema.ts'

/** Takes texts, and nothing else. */
export const TEXT_SCHEMA: StandardSchema<string> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value: unknown) =>
      typeof value === 'string' ? { value } : { issues: [{ message: 'expected text' }] },
  },
}
