import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CaseResult } from '../support/cases.ts'
import type { Pair } from './pair.ts'

const FILE = join(import.meta.dirname, '../../../../docs/interop-servers.md')

const INTRODUCTION = `# Servers that Parlour federates with

Written by \`pnpm test:federation --write\` from a run in which nothing failed; every run compares it. The servers are those of
Debian 12, and written by others: Prosody 0.12, ejabberd 23.01; and Parlour itself, in a process of its own. Each server has
domains of several kinds, found through SRV records of a test name server: with a certificate of an authority that all trust
(SASL EXTERNAL), the same but found through \`_xmpps-server\` alone (direct TLS, XEP-0368), with one signed by itself (dialback,
where the policy for the domain is \`dialback\` or \`encrypted\`), with a certificate that allows servers only, as public
authorities issue them, and those that have to be refused. All connections pass a proxy that can cut them, fall silent, or
take STARTTLS out of what is offered. Clients are @parlour/client at the Parlour under test, and slixmpp at the other server.
\`→\` begins at the Parlour under test, \`←\` at the other server; a case in one direction only is about what Parlour does. How
each case works is in \`apps/server/test/federation\`.
`

/** Compares the document with what a whole run found, or writes it when the command line has `--write`. */
export async function checkDocument(pairs: readonly Pair[], results: readonly CaseResult[]): Promise<undefined> {
  if (results.some(({ failed }) => failed)) throw new Error('cases failed, so the document is left as it is')
  const text = documentOf(pairs)
  if (process.argv.includes('--write')) writeFileSync(FILE, text)
  else if (readFileSync(FILE, 'utf8') !== text)
    throw new Error('it differs from this run: pnpm test:federation --write')
}

/** What was wanted has run, and nothing failed: so the table is of what was wanted. */
function documentOf(pairs: readonly Pair[]): string {
  const rows = new Map<string, string>()
  for (const { turns } of pairs) {
    for (const { how, each } of turns) rows.set(`${how}: ${each.name}`, `| ${each.name} | ${how} |`)
  }
  const table = [...rows].map(([key, start]) => `${start} ${pairs.map((pair) => directions(pair, key)).join(' | ')} |`)
  const names = pairs.map(({ product }) => product.name)
  const heading = [`| Case | Domains | ${names.join(' | ')} |`, `| --- | --- | ${names.map(() => '---').join(' | ')} |`]
  return [INTRODUCTION, ...heading, ...table, '', LEFT_OUT].join('\n')
}

const LEFT_OUT = `ejabberd acknowledges nothing between servers (its XEP-0198 is for clients): what Parlour sends there is confirmed by
answers to pings (XEP-0199), and silence in mid-conversation is noticed by them. Parlour has no domain without TLS.
`

function directions({ turns }: Pair, key: string): string {
  const those = turns.filter(({ how, each }) => `${how}: ${each.name}` === key)
  return those.map(({ isForward }) => (isForward ? '→' : '←')).join(' ') || '–'
}
