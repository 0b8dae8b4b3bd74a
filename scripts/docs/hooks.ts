/** docs/hooks.md: every hook, from the interface and the comments in packages/server-core/src/hooks.ts. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Comment, type Node, parseSync } from 'oxc-parser'
import { type GeneratedDocument, table } from './document.ts'

const SOURCE = 'packages/server-core/src/hooks.ts'

interface Described {
  readonly name: string
  readonly signature: string
  readonly text: string
}

/** What a block comment says, on one line. */
const wordsOf = (comment: Comment | undefined): string =>
  (comment?.value ?? '')
    .replace(/^\*+/, '')
    .replaceAll(/\n\s*\* ?/g, ' ')
    .replaceAll(/\{@link (\w+)\}/g, '`$1`')
    .trim()

/** The members of an interface, each with the comment that stands right above it. */
function membersOf(name: string, source: string): Described[] {
  const { program, comments } = parseSync(SOURCE, source)
  const declared = program.body
    .map((node) => (node.type === 'ExportNamedDeclaration' ? node.declaration : node))
    .find((node) => node?.type === 'TSInterfaceDeclaration' && node.id.name === name)
  if (declared?.type !== 'TSInterfaceDeclaration') throw new Error(`${SOURCE} declares no interface ${name}`)
  return declared.body.body.flatMap((member) => {
    if (member.type !== 'TSPropertySignature' || member.key.type !== 'Identifier') return []
    const above = comments.find(({ end }) => /^\s*$/.test(source.slice(end, member.start)) && end <= member.start)
    return [{ name: member.key.name, signature: signatureOf(member.typeAnnotation, source), text: wordsOf(above) }]
  })
}

const signatureOf = (node: Node | null | undefined, source: string): string =>
  node ? source.slice(node.start, node.end).replace(/^:\s*/, '').replaceAll(/\s+/g, ' ') : ''

export const hooks: GeneratedDocument = {
  path: 'docs/hooks.md',
  region: 'hooks',
  text(_, root) {
    const source = readFileSync(join(root, SOURCE), 'utf8')
    const rows = (name: string) => membersOf(name, source).map((m) => [`\`${m.name}\``, `\`${m.signature}\``, m.text])
    return ['Hooks', 'StanzaEvent', 'DeliveryEvent', 'OfflineEvent', 'HookOptions']
      .map((name) => `### \`${name}\`\n\n${table(['Name', 'Type', 'Meaning'], rows(name))}\n`)
      .join('\n')
  },
}
