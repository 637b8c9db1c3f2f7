/** What the documents say in words is what the code does: numbers, folders, and pages that they lead to. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HISTORY_SIZE } from '../../src/application/services/invalidation-service.ts'
import { MAX_BATCH_KEYS } from '../../src/application/validators/cache-key-validator.ts'
import { DEFAULT_CACHE_SETTINGS } from '../../src/cache-options.ts'
import { DEFAULT_NAMESPACE } from '../../src/core/entities/cache-namespace.ts'
import { MAX_KEY_BYTES, MAX_KEY_SEGMENTS } from '../../src/core/value-objects/cache-key.ts'
import { CACHE_PRIORITIES } from '../../src/core/value-objects/cache-priority.ts'
import { MAX_TAG_BYTES, MAX_TAGS } from '../../src/core/value-objects/cache-tag.ts'
import { expiresAtMs } from '../../src/core/value-objects/cache-ttl.ts'
import { formatDuration } from '../../src/core/value-objects/duration.ts'
import { DEFAULT_ENTRY_POLICY } from '../../src/core/value-objects/entry-policy.ts'
import { EVICTION_POLICIES } from '../../src/core/value-objects/eviction-policy.ts'
import { MAX_WILDCARDS } from '../../src/core/value-objects/invalidation-pattern.ts'
import { MAX_PRIORITY_WEIGHT } from '../../src/core/value-objects/priority-weights.ts'
import { MAX_REGEX_LENGTH } from '../../src/infrastructure/invalidators/pattern-invalidator.ts'

const read = (file: string): string => readFileSync(file, 'utf8')
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((page) => page.endsWith('.md'))
    .map((page) => `docs/${page}`)
    .sort(),
]
const mebibytes = DEFAULT_CACHE_SETTINGS.memory.maxBytes / 1024 ** 2
const policy = DEFAULT_ENTRY_POLICY
const batch = String(MAX_BATCH_KEYS).replace(/000$/, ' 000')

describe('numbers in the documents', () => {
  it.each([
    ['README.md', `${mebibytes} MiB at most`],
    ['docs/guide/keys-and-ttls.md', `1 to ${MAX_KEY_BYTES} bytes of UTF-8`],
    ['docs/guide/keys-and-ttls.md', `at most ${MAX_KEY_SEGMENTS}; they may be empty`],
    [
      'docs/guide/keys-and-ttls.md',
      `\`${formatDuration(expiresAtMs(policy.ttl, 0))}\` if nothing is said`,
    ],
    ['docs/guide/keys-and-ttls.md', `\`jitter: ${policy.jitter}\` (${policy.jitter * 100} %)`],
    ['docs/guide/invalidation.md', `at most ${MAX_WILDCARDS} wildcards`],
    ['docs/guide/invalidation.md', `At most ${MAX_REGEX_LENGTH} characters`],
    ['docs/guide/invalidation.md', `at most ${MAX_TAGS} tags and ${MAX_TAGS} dependencies`],
    ['docs/guide/invalidation.md', `a name of at most ${MAX_TAG_BYTES} bytes`],
    ['docs/guide/loading.md', `\`${formatDuration(policy.hardTimeoutMs)}\` if not said`],
    [
      'docs/guide/loading.md',
      `\`maxQueuedLoads\` (${DEFAULT_NAMESPACE.maxQueuedLoads} if not said)`,
    ],
    ['docs/guide/limits-and-priorities.md', `that is ${mebibytes} MiB`],
    [
      'docs/guide/limits-and-priorities.md',
      `\`${DEFAULT_CACHE_SETTINGS.memory.evictionPolicy}\` (default)`,
    ],
    ['docs/guide/limits-and-priorities.md', `\`${DEFAULT_NAMESPACE.storage}\` (default)`],
    ['docs/guide/limits-and-priorities.md', `numbers from 1 to ${MAX_PRIORITY_WEIGHT}`],
    ['docs/guide/limits-and-priorities.md', `\`${policy.priority}\` (default)`],
    ['docs/guide/limits-and-priorities.md', `\`${DEFAULT_NAMESPACE.isolation}\` (default)`],
    ['docs/guide/observing.md', `last ${HISTORY_SIZE} invalidations`],
    [
      'docs/guide/custom-backend.md',
      `\`${formatDuration(DEFAULT_CACHE_SETTINGS.repositoryTimeoutMs)}\` if not said`,
    ],
    ['docs/errors.md', `longer than ${MAX_KEY_BYTES} bytes, has more than ${MAX_KEY_SEGMENTS}`],
    ['docs/errors.md', `more than ${MAX_WILDCARDS} wildcards`],
    ['docs/errors.md', `more than ${batch} items`],
  ])('are those of the code: %s says "%s"', (file, sentence) => {
    expect(read(file)).toContain(sentence)
  })

  it('name every eviction policy and every priority in the guide', () => {
    const rows = read('docs/guide/limits-and-priorities.md').matchAll(/^\| `([\w-]+)`/gm)
    const named = [...rows].map(([, name]) => name)
    expect(named).toEqual(expect.arrayContaining([...EVICTION_POLICIES, ...CACHE_PRIORITIES]))
  })
})

describe('docs/architecture.md', () => {
  it('has a line for every folder of src, under the one that holds it', () => {
    const named = foldersInTree(read('docs/architecture.md'))
    const real = readdirSync('src', { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((folder) => readdirSync(folder).length > 0)
    expect(named.toSorted()).toEqual(['src', ...real].toSorted())
  })
})

/** The folders of the first block: a name that ends with `/`, indented by its depth. */
function foldersInTree(page: string): string[] {
  const [, tree = ''] = /```text\n([\s\S]*?)```/.exec(page) ?? []
  const path: string[] = []
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', name] = /^((?:│ {3}| {4}|├── |└── )*)([\w-]+)\//.exec(line) ?? []
    if (name === undefined) return []
    path.splice(indent.length / 4, path.length, name)
    return [path.join('/')]
  })
}

describe('links', () => {
  it.each(pages)('of %s lead to files that exist, and to headings in them', (page) => {
    const links = [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(
      ([, to]) => to ?? '',
    )
    const local = links.filter((to) => !/^[a-z]+:/.test(to))
    const broken = local.filter((to) => !leadsSomewhere(page, to))
    expect(broken).toEqual([])
  })
})

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(target)) return false
  return heading === undefined || headingsOf(read(target)).includes(heading)
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '')
}

/** As GitHub names them. */
function headingsOf(markdown: string): string[] {
  const titles = [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, title]) => title ?? '')
  return titles.map((title) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  )
}
