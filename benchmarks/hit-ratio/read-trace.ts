import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'

/** The traces lie beside the repository, not in it: `--traces DIR`, or else `TRACES`, or `../shared/traces`. */
export function tracesFolder(args: readonly string[]): string | undefined {
  const at = args.indexOf('--traces')
  const given = at === -1 ? process.env['TRACES'] : args[at + 1]
  const folder = given ?? '../shared/traces'
  return existsSync(join(folder, 'README.md')) ? folder : undefined
}

/** Key numbers, one for each request; or, with `sizes`, the bytes of each request's object. */
export function readTrace(folder: string, trace: string, kind: 'u32' | 'sizes'): Int32Array {
  return numbersOf(brotliDecompressSync(readFileSync(join(folder, `${trace}.${kind}.br`))))
}

/** Numbers of seven bits a byte, lowest first; the highest bit says that there are more (LEB128). */
function numbersOf(bytes: Uint8Array): Int32Array {
  const numbers = new Int32Array(bytes.length)
  let length = 0
  let number = 0
  let shift = 0
  for (const byte of bytes) {
    number |= (byte & 127) << shift
    shift += 7
    if (byte >= 128) continue
    numbers[length] = number
    length += 1
    number = 0
    shift = 0
  }
  return numbers.slice(0, length)
}
