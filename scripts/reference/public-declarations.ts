import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'

/** A declaration that users see: exported by an entry point, or named by one that is. */
export interface PublicDeclaration {
  readonly name: string
  readonly kind: 'function' | 'class' | 'interface' | 'type' | 'constant'
  /** From the root of the repository. */
  readonly file: string
  /** What its docstring says, as Markdown; empty if it has none. */
  readonly description: string
  /** Its tags in order, without the `@`: `throws`, `CacheError CACHE_CLOSED`. */
  readonly tags: readonly (readonly [name: string, text: string])[]
  /** The declaration without bodies, private members and its own docstring. */
  readonly signature: string
}

/** What one entry point shows. */
export interface PublicSurface {
  /** In the order of their names. */
  readonly exported: readonly PublicDeclaration[]
  /** What these name without the entry point exporting it. */
  readonly named: readonly PublicDeclaration[]
}

type DeclarationNode =
  | ts.FunctionDeclaration
  | ts.ClassDeclaration
  | ts.InterfaceDeclaration
  | ts.TypeAliasDeclaration
  | ts.VariableStatement

/** A module as its declaration file would be. Possible file by file, since `isolatedDeclarations` is on. */
interface DeclaredModule {
  readonly path: string
  readonly source: ts.SourceFile
  readonly declared: ReadonlyMap<string, DeclarationNode>
  /** Local name → where it comes from. */
  readonly imported: ReadonlyMap<string, { readonly path: string; readonly name: string }>
}

/** Reads the declarations that an entry point exports, and those that they name, from the sources. */
export function publicSurface(root: string, entry: string): PublicSurface {
  const modules = new Map<string, DeclaredModule>()
  const moduleAt = (path: string): DeclaredModule => {
    const known = modules.get(path) ?? declaredModule(path)
    modules.set(path, known)
    return known
  }
  const found = new Map<DeclarationNode, PublicDeclaration>()
  const open = exportsOf(moduleAt(join(root, entry)))
  const exportedNames = new Set(open.map(({ name }) => name))
  // A list that grows while it is walked: what a declaration names comes up later in the same walk.
  for (const { path, name } of open) {
    const module = moduleAt(path)
    const node = module.declared.get(name)
    if (node === undefined) {
      const origin = module.imported.get(name)
      if (origin !== undefined) open.push(origin)
    } else if (!found.has(node)) {
      found.set(node, publicDeclaration(root, module, node, name))
      for (const used of namesUsedBy(node)) open.push({ path, name: used })
    }
  }
  const all = [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    exported: all.filter(({ name }) => exportedNames.has(name)),
    named: all.filter(({ name }) => !exportedNames.has(name)),
  }
}

function declaredModule(path: string): DeclaredModule {
  const { outputText } = ts.transpileDeclaration(readFileSync(path, 'utf8'), {
    fileName: path,
    compilerOptions: { stripInternal: true, target: ts.ScriptTarget.ES2023 },
  })
  const source = ts.createSourceFile(path, outputText, ts.ScriptTarget.ES2023, true)
  const declared = new Map<string, DeclarationNode>()
  const imported = new Map<string, { path: string; name: string }>()
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement)) noteImports(path, statement, imported)
    else
      for (const name of declaredNames(statement)) declared.set(name, statement as DeclarationNode) // Only these have names.
  }
  return { path, source, declared, imported }
}

function declaredNames(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map((each) => each.name.getText())
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  return isNamed && statement.name !== undefined ? [statement.name.text] : []
}

function noteImports(
  path: string,
  statement: ts.ImportDeclaration,
  imported: Map<string, { path: string; name: string }>,
): void {
  const from = resolved(path, statement.moduleSpecifier)
  const bindings = statement.importClause?.namedBindings
  if (from === undefined || bindings === undefined || !ts.isNamedImports(bindings)) return
  for (const { name, propertyName } of bindings.elements) {
    imported.set(name.text, { path: from, name: (propertyName ?? name).text })
  }
}

function exportsOf(entry: DeclaredModule): { path: string; name: string }[] {
  return entry.source.statements.filter(ts.isExportDeclaration).flatMap((statement) => {
    const from = resolved(entry.path, statement.moduleSpecifier)
    const clause = statement.exportClause
    if (from === undefined || clause === undefined || !ts.isNamedExports(clause)) return []
    return clause.elements.map(({ name, propertyName }) => ({
      path: from,
      name: (propertyName ?? name).text,
    }))
  })
}

/** Packages and built-ins lead nowhere: their types are documented elsewhere. */
function resolved(path: string, specifier: ts.Expression | undefined): string | undefined {
  if (specifier === undefined || !ts.isStringLiteral(specifier)) return undefined
  return specifier.text.startsWith('.') ? join(dirname(path), specifier.text) : undefined
}

function namesUsedBy(node: ts.Node): string[] {
  const names: string[] = []
  const visit = (child: ts.Node): void => {
    if (ts.isTypeReferenceNode(child)) names.push(child.typeName.getText())
    else if (ts.isTypeQueryNode(child)) names.push(child.exprName.getText())
    else if (ts.isExpressionWithTypeArguments(child)) names.push(child.expression.getText())
    ts.forEachChild(child, visit)
  }
  visit(node)
  return names
}

function publicDeclaration(
  root: string,
  module: DeclaredModule,
  node: DeclarationNode,
  name: string,
): PublicDeclaration {
  const docs = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  const tags = docs.flatMap((doc) => [...(doc.tags ?? [])]).map(tagOf)
  const description = docs.map((doc) => ts.getTextOfJSDocComment(doc.comment) ?? '').join('\n\n')
  return {
    name,
    kind: kindOf(node),
    file: relative(root, module.path),
    description,
    tags,
    signature: tidied(ts.isClassDeclaration(node) ? classText(node) : node.getText()),
  }
}

function tagOf(tag: ts.JSDocTag): readonly [string, string] {
  const text = ts.getTextOfJSDocComment(tag.comment) ?? ''
  const parameter = ts.isJSDocParameterTag(tag) ? `\`${tag.name.getText()}\`: ` : ''
  return [tag.tagName.text, parameter + text]
}

function kindOf(node: DeclarationNode): PublicDeclaration['kind'] {
  if (ts.isFunctionDeclaration(node)) return 'function'
  if (ts.isClassDeclaration(node)) return 'class'
  if (ts.isInterfaceDeclaration(node)) return 'interface'
  return ts.isTypeAliasDeclaration(node) ? 'type' : 'constant'
}

/** A class without its `#private` mark, and without the property that the compiler adds for a method with a computed name. */
function classText(node: ts.ClassDeclaration): string {
  const isHidden = (member: ts.ClassElement): boolean =>
    ts.isPropertyDeclaration(member) &&
    (ts.isPrivateIdentifier(member.name) || ts.isComputedPropertyName(member.name))
  const members = node.members.filter((member) => !isHidden(member))
  const text = node.getSourceFile().text
  const head = text.slice(node.getStart(), node.members.pos)
  return `${head}${members.map((member) => member.getFullText()).join('')}\n}`
}

/** As the sources are written: two spaces, no semicolons at the end of a line, no `export declare`. */
function tidied(text: string): string {
  return text
    .replace(/^(export )?(declare )?/, '')
    .split('\n')
    .map((line) => line.replace(/^(?: {4})+/, (indent) => ' '.repeat(indent.length / 2)))
    .map((line) => line.replace(/;$/, ''))
    .join('\n')
}
