/** One promise of a protocol: what it says, and a check that rejects if it doesn't hold. */
export interface ContractCase {
  readonly name: string
  run(): Promise<void>
}
