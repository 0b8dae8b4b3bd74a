/** docs/hooks.md: every hook and what it receives, from the interfaces and the comments in packages/server-core/src/hooks.ts. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Comment, type Node, parseSync } from 'oxc-parser'
import { type GeneratedDocument, table } from './document.ts'

const SOURCE = 'packages/server-core/src/hooks.ts'
/** Where interfaces are that those of the hooks extend. */
const FURTHER_SOURCE = 'packages/server-core/src/stanza-transaction.ts'

interface Described {
  readonly name: string
  readonly signature: string
  readonly text: string
}

interface Declared {
  readonly name: string
  readonly extended: readonly string[]
  readonly members: readonly Described[]
}

/** What a block comment says, on one line. */
const wordsOf = (comment: Comment | undefined): string =>
  (comment?.value ?? '')
    .replace(/^\*+/, '')
    .replaceAll(/\n\s*\* ?/g, ' ')
    .replaceAll(/\{@link ([\w.]+)\}/g, '`$1`')
    .replaceAll(/\s+@param (\w+)/g, ' `$1`:')
    .replaceAll(/\s+/g, ' ')
    .trim()

/** All interfaces of a source, each member with the comment that stands right above it. */
function interfacesOf(source: string): Declared[] {
  const { program, comments } = parseSync(SOURCE, source)
  const described = (member: Node): Described => {
    const above = comments.find(({ end }) => /^\s*$/.test(source.slice(end, member.start)) && end <= member.start)
    return { ...signatureOf(member, source), text: wordsOf(above) }
  }
  return program.body
    .map((node) => (node.type === 'ExportNamedDeclaration' ? node.declaration : node))
    .filter((node) => node?.type === 'TSInterfaceDeclaration')
    .map((node) => ({
      name: node.id.name,
      extended: node.extends.map(({ expression }) => source.slice(expression.start, expression.end)),
      members: node.body.body.map(described),
    }))
}

/** @throws {Error} for a member that would be missing in the document */
function signatureOf(member: Node, source: string): Omit<Described, 'text'> {
  const isMember = member.type === 'TSPropertySignature' || member.type === 'TSMethodSignature'
  if (!isMember || member.key.type !== 'Identifier') throw new Error(`${SOURCE}: a ${member.type} cannot be described`)
  const type =
    member.type === 'TSMethodSignature'
      ? source.slice(member.key.end, member.end)
      : source.slice(member.typeAnnotation?.start, member.typeAnnotation?.end).replace(/^:\s*/, '')
  return {
    name: `${member.key.name}${member.optional ? '?' : ''}`,
    signature: type.replaceAll(/\s+/g, ' '),
  }
}

/** A section for each interface of the first source, `Hooks` before the others, with what they inherit. */
export function hookSections(source: string, further: string): string[] {
  const declared = interfacesOf(source)
  const known = new Map([...interfacesOf(further), ...declared].map((each) => [each.name, each]))
  const rows = (name: string): string[][] => {
    const found = known.get(name)
    if (!found) throw new Error(`${SOURCE}: nothing declares the interface ${name}`)
    const own = found.members.map((m) => [`\`${m.name}\``, `\`${m.signature}\``, m.text])
    return [...own, ...found.extended.flatMap(rows)]
  }
  const names = declared.map(({ name }) => name).sort((a, b) => Number(b === 'Hooks') - Number(a === 'Hooks'))
  return names.map((name) => `### \`${name}\`\n\n${table(['Name', 'Type', 'Meaning'], rows(name))}\n`)
}

export const hooks: GeneratedDocument = {
  path: 'docs/hooks.md',
  region: 'hooks',
  text: (_, root) => {
    const [source = '', further = ''] = [SOURCE, FURTHER_SOURCE].map((path) => readFileSync(join(root, path), 'utf8'))
    return hookSections(source, further).join('\n')
  },
}
