/** Deeper values are left to the structured clone, which knows how deep the stack is. */
const MAX_DEPTH = 100

/**
 * The JSON text of a value, if reading it gives exactly what a structured clone of the value would be;
 * else `undefined`.
 *
 * It is worth looking: of small objects Node reads JSON four times as fast as structured clones, and
 * writes it twice as fast, with this look before it (Node 20.20, November 2026).
 */
export function jsonForm(value: object): string | undefined {
  return isJsonObject(value, new Set(), 0) ? JSON.stringify(value) : undefined
}

function isJson(value: unknown, seen: Set<object>, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
    case 'object':
      return value === null || isJsonObject(value, seen, depth)
    default:
      return false
  }
}

/** An object that is met twice would be two afterwards; a method `toJSON` could answer anything. */
function isJsonObject(value: object, seen: Set<object>, depth: number): boolean {
  if (depth > MAX_DEPTH || seen.has(value) || 'toJSON' in value) return false
  seen.add(value)
  if (Array.isArray(value)) return isJsonArray(value, seen, depth)
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  for (const each of Object.values(value)) if (!isJson(each, seen, depth + 1)) return false
  return true
}

/** No holes, and nothing beside the elements. */
function isJsonArray(value: readonly unknown[], seen: Set<object>, depth: number): boolean {
  if (Object.getPrototypeOf(value) !== Array.prototype) return false
  if (Object.keys(value).length !== value.length) return false
  for (const each of value) if (!isJson(each, seen, depth + 1)) return false
  return true
}
