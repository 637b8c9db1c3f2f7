import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Breach } from './breach.ts'
import type { SourceFile } from './source-file.ts'

/** Public entries re-export, module.ts wires and main.ts runs: their names say what they are for. */
const NAMED_BY_ROLE = /^src\/(index|http|testing|module|cli\/main)\.ts$/
/** Constants here are shapes (events, schemas), used and so tested by others; functions are not. */
const SHAPE_FOLDERS = /^src\/(core\/(events|protocols)|api\/models)\//
const PURE_FOLDERS = /^src\/(core|application)\//
const EXPORT =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:class|function\*?|const|interface|type) (\w+)/gm
/** Several constants and nothing else are named by what they are about. */
const CONSTANT = /^[A-Z][A-Z0-9_]*$/
const EXPORTED_BEHAVIOUR = /^export (?:abstract )?(?:async )?(?:function|class|const)\b/m
const EXPORTED_FUNCTION = /^export (?:abstract )?(?:async )?(?:function|class)\b/m
const HOT_PATH = /^\/\/ hot path: (\S+)$/m

/** Three steps lead from the deepest folders of the tree, `infrastructure/repositories/memory`, to src. */
const CLIMBS_TOO_FAR = /from '(?:\.\.\/){4}/
/** A number that measures something, named without its unit. */
const UNITLESS_SPAN =
  /\b\w*(?:[tT]tl|[tT]imeout|[dD]elay|[iI]nterval|[aA]ge|[lL]atency|[dD]uration|[eE]lapsed)\??: number\b/
const UNITLESS_INSTANT = /\b\w+At\??: number\b/
const UNITLESS_SIZE = /\b\w+(?:Size|Weight|Capacity)\??: number\b/

/** Rules that a file keeps or breaks by itself, but for its neighbours on disk. */
export function checkFile(root: string, file: SourceFile): Breach[] {
  return [
    ...checkExportName(file),
    ...checkTwinTest(root, file),
    ...checkBenchmark(root, file),
    ...checkPlace(file),
    ...file.lines.flatMap((line, index) => checkLine(file, line, index + 1)),
  ]
}

function checkExportName(file: SourceFile): Breach[] {
  if (NAMED_BY_ROLE.test(file.path)) return []
  const exported = [...file.text.matchAll(EXPORT)].map((match) => match[1] ?? '')
  if (exported.some((symbol) => kebab(symbol) === file.name)) return []
  if (exported.length > 1 && exported.every((symbol) => CONSTANT.test(symbol))) return []
  const list = exported.join(', ') || 'nothing'
  return [{ at: file.path, what: `exports ${list}; one of them must be named after the file` }]
}

function kebab(symbol: string): string {
  return symbol
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .replace(/_/g, '-')
    .toLowerCase()
}

function checkTwinTest(root: string, file: SourceFile): Breach[] {
  const behaviour = SHAPE_FOLDERS.test(file.path) ? EXPORTED_FUNCTION : EXPORTED_BEHAVIOUR
  if (!behaviour.test(file.text)) return []
  const test = file.path.replace(/^src\//, 'tests/').replace(/\.ts$/, '.test.ts')
  return existsSync(join(root, test)) ? [] : [{ at: file.path, what: `has no ${test}` }]
}

function checkBenchmark(root: string, file: SourceFile): Breach[] {
  const benchmark = HOT_PATH.exec(file.text)?.[1]
  if (benchmark === undefined || existsSync(join(root, benchmark))) return []
  return [{ at: file.path, what: `is guarded by ${benchmark}, which is gone` }]
}

function checkPlace(file: SourceFile): Breach[] {
  const depth = file.path.split('/').length - 2
  return depth <= 4 ? [] : [{ at: file.path, what: `is ${depth} folders deep; 4 is the most` }]
}

function checkLine(file: SourceFile, line: string, number: number): Breach[] {
  const broken: string[] = []
  if (UNITLESS_SPAN.test(line)) broken.push('a span needs its unit in the name (ttlMs, timeoutMs)')
  if (UNITLESS_INSTANT.test(line))
    broken.push('an instant needs its unit in the name (createdAtMs)')
  if (UNITLESS_SIZE.test(line))
    broken.push('a size needs its unit in the name (sizeBytes, maxEntries)')
  if (CLIMBS_TOO_FAR.test(line)) broken.push('an import climbs at most ../../../')
  if (PURE_FOLDERS.test(file.path) && /\bMath\.random\b|\bglobalThis\b/.test(line))
    broken.push('randomness and globals arrive through a protocol')
  return broken.map((what) => ({ at: `${file.path}:${number}`, what }))
}
