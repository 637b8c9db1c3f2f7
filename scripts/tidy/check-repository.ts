import type { Breach } from './breach.ts'
import { checkErrorTable } from './check-error-table.ts'
import { checkFile } from './check-file.ts'
import { checkMarks } from './check-marks.ts'
import { checkTree } from './check-tree.ts'
import { readSourceFiles, type SourceFile } from './source-file.ts'

const OTHER_FOLDERS = ['tests', 'scripts', 'benchmarks', 'examples']

/** What the check of a repository found, and what it looked at. */
export interface RepositoryReport {
  readonly sources: readonly SourceFile[]
  /** Files outside src/, of which only the marks are checked. */
  readonly others: readonly SourceFile[]
  readonly breaches: readonly Breach[]
}

/** All house rules that can be checked by reading text. */
export function checkRepository(root: string): RepositoryReport {
  const sources = readSourceFiles(root, 'src')
  const others = OTHER_FOLDERS.flatMap((folder) => readSourceFiles(root, folder))
  const breaches = [
    ...sources.flatMap((file) => checkFile(root, file)),
    ...checkTree(sources),
    ...checkErrorTable(root, sources),
    ...checkMarks([...sources, ...others]),
  ]
  return { sources, others, breaches }
}
