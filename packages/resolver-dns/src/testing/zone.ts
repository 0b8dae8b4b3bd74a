import type { Answer, SoaAnswer } from 'dns-packet'
import type { TestRecord } from './test-record.ts'

/** What a table says to a question. */
export interface ZoneAnswer {
  readonly rcode: 'NOERROR' | 'NXDOMAIN'
  readonly answers: Answer[]
}

const MAXIMUM_ALIASES = 16

/** Follows aliases inside the table, as authoritative servers do (RFC 1034 §4.3.2). */
export function answerFrom(table: ReadonlyMap<string, readonly TestRecord[]>, name: string, type: string): ZoneAnswer {
  const answers: Answer[] = []
  let owner = name.toLowerCase()
  for (let aliases = 0; aliases < MAXIMUM_ALIASES; aliases++) {
    const records = table.get(owner) ?? []
    const matching = records.filter((record) => record.type === type)
    answers.push(...matching.map((record) => toAnswer(owner, record)))
    const alias = matching.length === 0 ? records.find((record) => record.type === 'CNAME') : undefined
    if (alias?.type !== 'CNAME') return { rcode: exists(table, owner) ? 'NOERROR' : 'NXDOMAIN', answers }
    answers.push(toAnswer(owner, alias))
    owner = alias.target.toLowerCase()
  }
  return { rcode: 'NOERROR', answers }
}

/** RFC 8020 §2: a name exists also if only names below it have records. */
function exists(table: ReadonlyMap<string, readonly TestRecord[]>, name: string): boolean {
  return table.has(name) || [...table.keys()].some((each) => each.endsWith(`.${name}`))
}

/** The record in the form of `dns-packet`. */
export function toAnswer(name: string, { ttl = 300, ...record }: TestRecord): Answer {
  const owned = { name, ttl, class: 'IN' } as const
  if (record.type === 'A' || record.type === 'AAAA') return { ...owned, type: record.type, data: record.address }
  if (record.type === 'CNAME') return { ...owned, type: 'CNAME', data: record.target }
  if (record.type === 'TXT') return { ...owned, type: 'TXT', data: [...record.strings] }
  if (record.type === 'SRV') {
    const { priority = 0, weight = 0, port, target } = record
    return { ...owned, type: 'SRV', data: { priority, weight, port, target } }
  }
  const { usage, selector, matchingType, association } = record
  return { ...owned, type: 'TLSA', data: { usage, selector, matchingType, certificate: Buffer.from(association) } }
}

/** The SOA record that negative answers carry (RFC 2308 §3); `minimum` and its own TTL in seconds. */
export function startOfAuthority(minimum: number, ttl: number): SoaAnswer {
  const data = { mname: 'ns.invalid', rname: 'root.invalid', serial: 1, refresh: 3600, retry: 600, expire: 86400 }
  return { type: 'SOA', name: '.', ttl, class: 'IN', data: { ...data, minimum } }
}
