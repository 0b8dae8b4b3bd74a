/** docs/specs.md: which clauses and extensions are implemented, and the tests that hold them, from the tests' own titles. */
import type { Node } from 'oxc-parser'
import { childrenOf } from '../checks/free-names.ts'
import type { SourceFile, Workspace } from '../checks/workspace.ts'
import CHECKLIST from './checklist.json' with { type: 'json' }
import { type GeneratedDocument, table } from './document.ts'

interface TestTitle {
  readonly file: string
  readonly title: string
  /** Lines of the checklist that the title begins with: `19, 20. RFC 6120 §11.1: …`. */
  readonly lines?: readonly number[]
}
const TEST_CALL = /^(describe|test|it)$/

/** `test`, of `test(…)`, `test.each(…)(…)`, `` test.each`…`(…) ``. */
function rootName(node: Node): string {
  if (node.type === 'Identifier') return node.name
  if (node.type === 'MemberExpression') return rootName(node.object)
  if (node.type === 'CallExpression') return rootName(node.callee)
  return node.type === 'TaggedTemplateExpression' ? rootName(node.tag) : ''
}

function literalText(node: Node | undefined): string | undefined {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value
  return node?.type === 'TemplateLiteral' ? node.quasis.map((q) => q.value.cooked ?? '').join('…') : undefined
}

/** The titles of all tests of a file, each with those of the `describe`s around it. */
function titlesOf(file: SourceFile): TestTitle[] {
  const found: TestTitle[] = []
  const visit = (node: Node, around: string): void => {
    const call = node.type === 'CallExpression' && TEST_CALL.test(rootName(node.callee)) ? node : undefined
    const own = literalText(call?.arguments[0])
    const title = own === undefined ? around : `${around} ${own}`.trim()
    if (call && own !== undefined && rootName(call.callee) !== 'describe')
      found.push({ file: file.path, title, lines: checklistLinesOf(own) })
    for (const child of childrenOf(node)) visit(child, title)
  }
  visit(file.program, '')
  return found
}

/** The numbers at the beginning of `19, 20. RFC 6120 §11.1: …`. */
export function checklistLinesOf(title: string): number[] {
  return (title.match(/^(\d+(?:, \d+)*)\. /)?.[1] ?? '').split(', ').filter(Boolean).map(Number)
}

/** `RFC 6120 §4.3.3`, `XEP-0199 §4.1`, `XEP-0199`: the citations of a title. `RFC 6120 §4.3.3, §4.3.4` are two. */
export function clausesOf(title: string): string[] {
  return title.split(/(?=RFC ?\d|XEP-?\d)/).flatMap((part) => {
    const [, kind, number] = part.match(/^(RFC|XEP)[ -]?(\d+)/) ?? []
    if (!kind) return []
    const name = `${kind}${kind === 'RFC' ? ' ' : '-'}${number}`
    const sections = [...part.matchAll(/§ ?([\dA-Z]\d*(?:\.\d+)*)/g)].map(([, section]) => `${name} §${section}`)
    return sections.length ? sections : [name]
  })
}

/** `{ xep: 199, version: '2.0.1' }` of every `implements:` in the sources. */
function implementedExtensions({ packages }: Workspace): { xep: number; version: string; file: string }[] {
  const files = packages.flatMap((p) => p.files).filter((f) => f.kind === 'source')
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(/implements: (\[[^\]]*\]|\{[^}]*\})/g)].flatMap(([, list = '']) =>
      [...list.matchAll(/\bxep: (\d+)(?:, version: '([^']+)')?/g)].map(([, xep, version = '']) => ({
        xep: Number(xep),
        version,
        file: path,
      })),
    ),
  )
}

const link = (path: string) => `[${path.replace(/^(packages|apps)\//, '').replace('/src/', '/')}](../${path})`

/** A clause is held by tests that cite it or a part of it. */
const holds = (clause: string, cited: string) => cited === clause || cited.startsWith(`${clause}.`)

export function testsFor(titles: readonly TestTitle[], clauses: readonly string[]): TestTitle[] {
  return titles.filter(({ title }) => clausesOf(title).some((cited) => clauses.some((clause) => holds(clause, cited))))
}

function heldBy(tests: readonly TestTitle[]): string {
  if (tests.length === 0) return '**no test yet**'
  const counts = new Map<string, number>()
  for (const { file } of tests) counts.set(file, (counts.get(file) ?? 0) + 1)
  return [...counts].map(([file, count]) => `${link(file)} (${count})`).join(', ')
}

/** A line is held by the tests that bear its number; then by those that cite its clauses. */
function lineHeldBy(titles: readonly TestTitle[], line: number, clauses: readonly string[]): string {
  const own = titles.filter((test) => test.lines?.includes(line))
  const others = testsFor(titles, clauses).filter((test) => !own.includes(test))
  const named = [...new Set(own.map(({ file }) => file))].map((file) => {
    const mine = own.filter((test) => test.file === file).map(({ title }) => wordsOf(title))
    return `${link(file)}: ${[...new Set(mine)].join(' · ')}`
  })
  const rest = others.length > 0 || own.length === 0 ? [heldBy(others)] : []
  return [...named, ...rest].join('<br>')
}

/** A title without the numbers and clauses in front, as Markdown shows it. */
function wordsOf(title: string): string {
  const words = title.replace(/^.*?\d+(, \d+)*\. (?:(?:RFC \d+|XEP-\d+) (?:§[\w.]+(?:, | and )?)+:? ?)*/, '')
  return words.replace(/%[sj]/g, '…').replaceAll('<', '&lt;')
}

export const specifications: GeneratedDocument = {
  path: 'docs/specs.md',
  text(workspace) {
    const titles = workspace.packages.flatMap((p) => p.files.filter((f) => f.kind === 'test').flatMap(titlesOf))
    const extensions = implementedExtensions(workspace).sort((a, b) => a.xep - b.xep)
    const xepRows = extensions.map(({ xep, version, file }) => {
      const name = `XEP-${String(xep).padStart(4, '0')}`
      const folder = file.replace(/\/[^/]*$/, '/')
      const tests = titles.filter((t) => t.file.startsWith(folder) || testsFor([t], [name]).length > 0)
      return [`[${name}](https://xmpp.org/extensions/xep-${name.slice(4)}.html)`, version, link(file), heldBy(tests)]
    })
    const cited = new Map<string, TestTitle[]>()
    for (const test of titles)
      for (const clause of clausesOf(test.title)) cited.set(clause, [...(cited.get(clause) ?? []), test])
    const clauses = [...cited.keys()]
      .filter((c) => c.startsWith('RFC'))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    return [
      '# Specifications',
      'Generated by `pnpm docs` from the `implements` of the modules and the titles of the tests; a number is how many tests of that file cite the clause.',
      '## Extensions',
      table(['XEP', 'Version', 'Where', 'Held by'], xepRows),
      '## What a server and a client must do',
      'RFC 6120 and RFC 6121, one line a requirement: first the tests that bear its number, then how many others cite its clauses.',
      table(
        ['Line', 'Clauses', 'Requirement', 'Held by'],
        CHECKLIST.map(({ line, clauses, requirement, later }) => [
          String(line),
          clauses.join(', '),
          requirement,
          later ?? lineHeldBy(titles, line, clauses),
        ]),
      ),
      '## Clauses cited by tests',
      table(
        ['Clause', 'Held by'],
        clauses.map((clause) => [clause, heldBy(cited.get(clause) ?? [])]),
      ),
    ].join('\n\n')
  },
}
