import { type PublicDeclaration, type PublicSurface, publicSurface } from './public-declarations.ts'

/** An entry point of the package, with the name that users import it by. */
interface Entry {
  readonly specifier: string
  readonly file: string
}

/** The entry points that the reference covers; `platform-cache/http` is described in docs/http-api.md. */
const ENTRIES: readonly Entry[] = [
  { specifier: 'platform-cache', file: 'src/index.ts' },
  { specifier: 'platform-cache/testing', file: 'src/testing.ts' },
]

const KINDS = [
  ['Functions', ['function']],
  ['Classes', ['class']],
  ['Types', ['interface', 'type']],
  ['Constants', ['constant']],
] as const

const HEAD = `# Reference

Every export of the library, as its sources declare it. \`npm run reference\` makes this page; change the docstrings, not the page. How to use all this is in the [guide](guide/getting-started.md).
`

/** The page `docs/reference.md`. */
export function renderReference(root: string): string {
  const surfaces = ENTRIES.map((entry) => ({ entry, surface: publicSurface(root, entry.file) }))
  const exported = new Set(surfaces.flatMap(({ surface }) => surface.exported.map(keyOf)))
  const parts = surfaces.map(({ entry, surface }) => renderEntry(entry, surface))
  const named = new Map(
    surfaces
      .flatMap(({ surface }) => surface.named)
      .filter((declaration) => !exported.has(keyOf(declaration)))
      .map((declaration) => [keyOf(declaration), declaration]),
  )
  return [HEAD, ...parts, renderNamed([...named.values()])].join('\n')
}

function keyOf({ file, name }: PublicDeclaration): string {
  return `${file}#${name}`
}

function renderEntry({ specifier }: Entry, { exported }: PublicSurface): string {
  const sections = KINDS.map(([title, kinds]) => {
    const members = exported.filter(({ kind }) => kinds.some((each) => each === kind))
    if (members.length === 0) return ''
    return `### ${title}\n\n${members.map(renderDeclaration).join('\n')}`
  })
  return `## \`${specifier}\`\n\n${sections.filter((section) => section !== '').join('\n')}`
}

function renderNamed(named: readonly PublicDeclaration[]): string {
  if (named.length === 0) return ''
  const sorted = named.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return `## Types that the above name\n\nYou meet their values, but don't import them.\n\n${sorted.map(renderDeclaration).join('\n')}`
}

function renderDeclaration({ name, description, tags, signature }: PublicDeclaration): string {
  const rows = tags.map(([tag, text]) => `- ${tag === 'param' ? '' : `${tag} `}${oneLine(text)}`)
  return [
    `#### ${name}\n`,
    description === '' ? '' : `${withoutPrograms(description)}\n`,
    rows.length === 0 ? '' : `${rows.join('\n')}\n`,
    `\`\`\`text\n${signature}\n\`\`\`\n`,
  ]
    .filter((part) => part !== '')
    .join('\n')
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ')
}

/** An example in a docstring is a fragment, which no test could run. */
function withoutPrograms(markdown: string): string {
  return markdown.replace(/^```(?:ts|js)$/gm, '```text')
}
