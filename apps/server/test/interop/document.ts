import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CaseResult } from '../support/cases.ts'
import { CASES } from './cases/index.ts'
import { COMPONENT_CASES, COMPONENT_PAIRS } from './components.ts'
import { PEERS, PRODUCTS } from './products.ts'

const FILE = join(import.meta.dirname, '../../../../docs/interop.md')

const INTRODUCTION = `# Clients and servers that Parlour is tried with

Written by \`pnpm test:interop --write\` from a run in which nothing failed; every run compares it. The clients and servers are those
of Debian 12 and of npm, and written by others: slixmpp 1.8, @xmpp/client 0.14, profanity 0.13, go-sendxmpp 0.5, Prosody 0.12,
ejabberd 23.01. Each case signs in over TLS, the certificate verified, with accounts of its own; the partner of a case is another
product than the one that is tried. go-sendxmpp signs in with PLAIN, inside TLS: its library has no SCRAM. @xmpp/client has no modules
for carbons, archives, receipts, blocking and client state: its session sends and reads stanzas of them that are made by hand, and so
do it and slixmpp for XEP-0494. profanity looks for archives in what the server says of itself, where XEP-0313 §7 has it said of the
account: a plug-in of one line says it there, too. How each case works is in \`apps/server/test/interop/cases\`.
`

/** Compares the document with what a whole run found, or writes it when the command line has \`--write\`. */
export async function checkDocument(results: readonly CaseResult[]): Promise<undefined> {
  if (results.some(({ failed }) => failed)) throw new Error('cases failed, so the document is left as it is')
  const text = documentOf(results)
  if (process.argv.includes('--write')) writeFileSync(FILE, text)
  else if (readFileSync(FILE, 'utf8') !== text) throw new Error('it differs from this run: pnpm test:interop --write')
}

function documentOf(results: readonly CaseResult[]): string {
  const reasons: string[] = []
  const clients = PRODUCTS.map((product) => ({ heading: product.name, group: product.name, product }))
  const servers = PEERS.map(({ program, product }) => {
    return { heading: program.name, group: `${product.name} with ${program.name}`, product }
  })
  const components = COMPONENT_PAIRS.map((pair) => ({ heading: pair.heading, group: pair.heading, product: pair }))
  return [
    INTRODUCTION,
    '## Clients with the Parlour server\n',
    table(clients, CASES, results, reasons),
    '\n## @parlour/client with other servers\n',
    table(servers, CASES, results, reasons),
    '\n## External components (XEP-0114)\n',
    table(components, COMPONENT_CASES, results, reasons),
    '\n## What is left out\n',
    ...reasons.map((reason, at) => `${at + 1}. ${reason}`),
    '',
  ].join('\n')
}

interface Column {
  readonly heading: string
  readonly group: string
  readonly product: { readonly cannot: Readonly<Record<string, string>> }
}

function table(
  columns: readonly Column[],
  cases: readonly { readonly name: string }[],
  results: readonly CaseResult[],
  reasons: string[],
): string {
  const rows = cases.map(({ name }) => [name, ...columns.map((column) => cell(column, name, results, reasons))])
  return [['Case', ...columns.map(({ heading }) => heading)], ['---', ...columns.map(() => '---')], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

function cell({ group, product }: Column, name: string, results: readonly CaseResult[], reasons: string[]): string {
  const reason = product.cannot[name]
  if (reason !== undefined) {
    if (!reasons.includes(reason)) reasons.push(reason)
    return `no (${reasons.indexOf(reason) + 1})`
  }
  const result = results.find((each) => each.group === group && each.name === name)
  if (!result) throw new Error(`${group} neither did nor left out: ${name}`)
  return result.note === '' ? 'yes' : result.note
}
