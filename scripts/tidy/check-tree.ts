import type { Breach } from './breach.ts'
import type { SourceFile } from './source-file.ts'

const MAX_FILES_PER_FOLDER = 20
const MAX_TINY_SHARE = 0.2
const TINY_CODE_LINES = 10
/** A protocol, an event or a schema may be five lines. */
const SMALL_BY_NATURE =
  /^src\/(core\/(events|protocols)|api\/models)\/|^src\/(index|http|testing)\.ts$/

/** Rules about the tree as a whole: full folders, and bureaucracy of many tiny files. */
export function checkTree(files: readonly SourceFile[]): Breach[] {
  if (files.length === 0) return [{ at: 'src', what: 'holds no files; nothing was checked' }]
  const breaches: Breach[] = []
  const counts = new Map<string, number>()
  for (const { folder } of files) counts.set(folder, (counts.get(folder) ?? 0) + 1)
  for (const [folder, count] of counts) {
    if (count > MAX_FILES_PER_FOLDER)
      breaches.push({
        at: folder,
        what: `holds ${count} files; above ${MAX_FILES_PER_FOLDER}, split by topic`,
      })
  }
  const tiny = files.filter((file) => !SMALL_BY_NATURE.test(file.path) && isTiny(file))
  if (tiny.length / files.length > MAX_TINY_SHARE)
    breaches.push({
      at: 'src',
      what: `${tiny.length} of ${files.length} files have under ${TINY_CODE_LINES} lines of code; merge some of ${tiny.map((file) => file.path).join(', ')}`,
    })
  return breaches
}

function isTiny(file: SourceFile): boolean {
  const code = file.text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*(?:\/\/.*)?$\n/gm, '')
  return code.split('\n').length - 1 < TINY_CODE_LINES
}
