/**
 * Imports a peer from where the peers are installed: a name is looked up from the importing file's
 * folder. Without types, since the peers aren't installed when the compiler reads this.
 */
export function importRival(name: string): Promise<unknown> {
  return import(name)
}
