import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A certificate authority and what it signed, as PEM texts, and the folder where they lie as files. */
export interface Certificates {
  /** Holds ca.crt, server.crt, server.key, client.crt and client.key. */
  readonly folder: string
  readonly ca: string
  readonly client: { readonly cert: string; readonly key: string }
}

const exec = promisify(execFile)
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** Makes an authority of its own, a server certificate for 127.0.0.1 and localhost, and one of a client. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  mkdirSync(folder, { recursive: true })
  const openssl = (...args: string[]): Promise<unknown> => exec('openssl', args, { cwd: folder })
  const create = (name: string, ...more: string[]): Promise<unknown> =>
    openssl(
      ...['req', '-x509', ...NEW_KEY, '-days', '2', '-subj', `/CN=platform-cache test ${name}`],
      ...['-keyout', `${name}.key`, '-out', `${name}.crt`, ...more],
    )
  await create('ca')
  const signed = [
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-addext',
    'basicConstraints=critical,CA:false',
  ]
  await create('server', ...signed, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost')
  await create('client', ...signed)
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  return {
    folder,
    ca: read('ca.crt'),
    client: { cert: read('client.crt'), key: read('client.key') },
  }
}
