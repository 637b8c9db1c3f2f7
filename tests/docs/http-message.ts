/** A request or a response, as an example in the documents shows it. */
export interface HttpMessage {
  /** `GET /v1/caches` or `HTTP/1.1 200 OK`. */
  readonly start: string
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

const START =
  /^(?:(?:GET|HEAD|PUT|POST|PATCH|DELETE|OPTIONS) \/\S*(?: HTTP\/1\.1)?|HTTP\/1\.1 [1-5]\d\d(?: \S.*)?)$/
const HEADER = /^([A-Za-z0-9-]+): (\S.*)$/

/**
 * The messages of an example, in order: each a start line, headers, and, after an empty line, a body
 * that lasts until the next start line. A body that its headers call JSON must be JSON.
 *
 * @throws Error that names the line at fault, from 1
 */
export function parseHttpMessages(text: string): HttpMessage[] {
  const lines = text.trimEnd().split('\n')
  const starts = lines.flatMap((line, index) => (START.test(line) ? [index] : []))
  if (starts[0] !== 0)
    throw new Error(`line 1: expected a request or status line, got '${lines[0]}'`)
  return starts.map((start, index) =>
    parseMessage(lines.slice(start, starts[index + 1]), start + 1),
  )
}

function parseMessage(lines: readonly string[], firstLine: number): HttpMessage {
  const [start = '', ...rest] = lines
  const gap = rest.indexOf('')
  const headerLines = gap === -1 ? rest : rest.slice(0, gap)
  const body =
    gap === -1
      ? ''
      : rest
          .slice(gap + 1)
          .join('\n')
          .trim()
  const headers = new Map<string, string>()
  for (const [index, line] of headerLines.entries()) {
    const [, name, value] = HEADER.exec(line) ?? []
    if (name === undefined || value === undefined)
      throw new Error(`line ${firstLine + 1 + index}: expected a header, got '${line}'`)
    headers.set(name.toLowerCase(), value)
  }
  if (body !== '' && /\bjson\b/.test(headers.get('content-type') ?? '')) parseJson(body, firstLine)
  return { start, headers, body }
}

function parseJson(body: string, line: number): void {
  try {
    JSON.parse(body)
  } catch (cause) {
    throw new Error(`line ${line}: the body of this message is not JSON: ${String(cause)}`, {
      cause,
    })
  }
}
