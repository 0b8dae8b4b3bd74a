import type { CheckedDomain, CheckedRecord, RecordState } from '../dns/check-domain.ts'
import { plural } from './duration.ts'
import { printable } from './printable.ts'
import { COLUMNS, hanging } from './wrap.ts'

const MARKS: Readonly<Record<RecordState, string>> = { matches: '✓', missing: '✗', differs: '!', unknown: '?' }
const WORDS: Readonly<Record<RecordState, string>> = {
  matches: 'there',
  missing: 'missing',
  differs: 'differs',
  unknown: 'not known',
}

/** What DNS should say of a domain and what it says. */
export function checkedLines({ domain, records, nameServers, works, kind }: CheckedDomain): string[] {
  const whom = nameServers.length > 0 ? `, says ${nameServers.join(', ')}` : ''
  const faulty = records.filter(({ state }) => state !== 'matches').length
  return [
    `${domain}${kind === 'component' ? ' (component)' : ''}`,
    '',
    'What others need, as lines of a zone file:',
    '',
    ...zone(records.flatMap(({ needed }) => needed)),
    '',
    `What is there${whom}:`,
    '',
    ...records.flatMap((record) => recordLines(record, domain)),
    '',
    works
      ? 'Everything is there.'
      : `${plural(faulty, 'record')} of ${records.length} ${faulty === 1 ? 'is' : 'are'} not as ${faulty === 1 ? 'it' : 'they'} should be.`,
  ]
}

/** With the names in one column, as far as the terminal is wide enough. */
function zone(lines: readonly string[]): string[] {
  const split = [...new Set(lines)].map((line) => ({
    name: line.slice(0, line.indexOf(' ')),
    rest: line.slice(line.indexOf(' ') + 1),
  }))
  const width = Math.max(0, ...split.map(({ name }) => name.length))
  const isWide = split.some(({ rest }) => width + 1 + rest.length > COLUMNS)
  return split.map(({ name, rest }) => printable(`${isWide ? name : name.padEnd(width)} ${rest}`))
}

function recordLines({ name, state, found, notes }: CheckedRecord, domain: string): string[] {
  const short = name.endsWith(`_tcp.${domain}`) ? name.slice(0, -domain.length - 1) : name
  const label = `${MARKS[state]} ${printable(short).padEnd(20)} `
  const margin = ' '.repeat(Math.min(label.length, 23))
  const text = found.length > 0 ? found.join('; ') : WORDS[state]
  return [...hanging(label, printable(text)), ...notes.flatMap((note) => hanging(margin, printable(note)))]
}
