/** One audited act. Keys never appear in clear. */
export interface AuditRecord {
  readonly atMs: number
  readonly tenant: string
  readonly actor: string
  readonly action: string
  readonly namespace: string
  readonly keyHash: string | undefined
  readonly outcome: 'success' | 'failure'
  readonly detail: string | undefined
}

/** Where audit records go. */
export interface AuditSink {
  /** Takes a record without making the caller wait; losing one is reported by the sink itself, never thrown. */
  write(record: AuditRecord): void
  /** Resolves when all records taken so far are durable. */
  flush(): Promise<void>
}
