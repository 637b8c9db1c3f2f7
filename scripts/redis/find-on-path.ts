import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** The first file called `name` in the folders that this user may run. */
export function findOnPath(name: string, folders: readonly string[]): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Absent, or not ours to run: not a candidate.
    return false
  }
}
