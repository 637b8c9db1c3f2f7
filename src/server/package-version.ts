import { readFileSync } from 'node:fs'

/** The version of this package, as its package.json says, two folders up from here and from dist/ alike. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  )
  return String(Reflect.get(Object(manifest), 'version'))
}
