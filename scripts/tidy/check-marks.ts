import type { Breach } from './breach.ts'
import type { SourceFile } from './source-file.ts'

/** In a comment, so that code and strings may speak of such marks. */
const MARK = /(?:^|\s)(?:\/\/|\/?\*).*\b(TODO|FIXME|XXX)\b/

/** Unfinished business has an issue number, in every file of the repository. */
export function checkMarks(files: readonly SourceFile[]): Breach[] {
  const breaches: Breach[] = []
  for (const file of files) {
    for (const [index, line] of file.lines.entries()) {
      const mark = MARK.exec(line)?.[1]
      if (mark !== undefined && !/#\d+/.test(line))
        breaches.push({ at: `${file.path}:${index + 1}`, what: `a ${mark} needs an issue number` })
    }
  }
  return breaches
}
