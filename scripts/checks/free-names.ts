/** The names of a module that nothing in it declares: its uses of globals. */
import { type Node, type Program, visitorKeys } from 'oxc-parser'

export interface FreeName {
  readonly name: string
  readonly start: number
  /** Innermost first. */
  readonly parents: readonly Node[]
}

const SCOPES =
  /^(Program|BlockStatement|StaticBlock|For(In|Of)?Statement|CatchClause|SwitchStatement|.*Function.*|Class.*|TSModuleBlock)$/

export function childrenOf(node: Node): Node[] {
  const values = (visitorKeys[node.type] ?? []).map((key) => (node as unknown as Record<string, unknown>)[key])
  return values.flat().filter((value): value is Node => typeof value === 'object' && value !== null)
}

/** The names that a pattern binds: `a`, `{ a, b: c }`, `[a, ...b]`, `a = 1`. */
function boundNames(pattern: Node | null | undefined): string[] {
  switch (pattern?.type) {
    case 'Identifier':
      return [pattern.name]
    case 'ObjectPattern':
      return pattern.properties.flatMap((p) => boundNames(p.type === 'Property' ? p.value : p.argument))
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => boundNames(element))
    case 'AssignmentPattern':
      return boundNames(pattern.left)
    case 'RestElement':
      return boundNames(pattern.argument)
    case 'TSParameterProperty':
      return boundNames(pattern.parameter)
    default:
      return []
  }
}

/** What one statement adds to its scope. A `declare` tells of a global, so it binds nothing. */
function declaredNames(node: Node): string[] {
  if ('declare' in node && node.declare) return []
  switch (node.type) {
    case 'VariableDeclaration':
      return node.declarations.flatMap((d) => boundNames(d.id))
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      return boundNames(node.id)
    case 'ImportDeclaration':
      return node.specifiers.map((s) => s.local.name)
    case 'ExportNamedDeclaration':
    case 'ExportDefaultDeclaration':
      return node.declaration ? declaredNames(node.declaration) : []
    default:
      return []
  }
}

function scopeNames(node: Node): Set<string> {
  const names = childrenOf(node).flatMap(declaredNames)
  if ('params' in node && Array.isArray(node.params)) names.push(...node.params.flatMap((p) => boundNames(p as Node)))
  if (node.type === 'CatchClause') names.push(...boundNames(node.param))
  if ('id' in node && /^(Function|Class)/.test(node.type)) names.push(...boundNames(node.id as Node | null))
  return new Set(names)
}

/** A key, a label or a type is written like a name but refers to no value. */
function isReference(node: Node, parent: Node | undefined): boolean {
  if (!parent) return false
  if (parent.type === 'MemberExpression') return parent.object === node || parent.computed
  if ('key' in parent && parent.key === node) return 'computed' in parent && parent.computed === true
  return !/^(TS(?!AsExpression|NonNull|Satisfies|TypeAssertion|InstantiationExpression).*|ExportSpecifier|ImportSpecifier|.*LabeledStatement|BreakStatement|ContinueStatement|MetaProperty)$/.test(
    parent.type,
  )
}

export function freeNames(program: Program): FreeName[] {
  const found: FreeName[] = []
  const visit = (node: Node, parents: readonly Node[], scopes: readonly Set<string>[]): void => {
    if ('declare' in node && node.declare) return
    if (node.type === 'Identifier' && isReference(node, parents[0]) && !scopes.some((s) => s.has(node.name)))
      found.push({ name: node.name, start: node.start, parents })
    const inner = SCOPES.test(node.type) ? [scopeNames(node), ...scopes] : scopes
    for (const child of childrenOf(node)) visit(child, [node, ...parents], inner)
  }
  visit(program, [], [])
  return found
}
