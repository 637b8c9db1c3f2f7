const MAX_LENGTH = 200

/** What was thrown, as text of at most 200 characters. Anything may be thrown, also what refuses to become text. */
export function errorText(error: unknown): string {
  try {
    return String(error).slice(0, MAX_LENGTH)
  } catch {
    return 'something that has no text'
  }
}
