/** One SRV record (RFC 2782). */
export interface ServiceRecord {
  /** Lower is tried first. 0–65535. */
  readonly priority: number
  /** The share among records of the same priority. 0–65535. */
  readonly weight: number
  readonly port: number
  /** A host name; `.` says that the service is decidedly not offered. */
  readonly target: string
}

/** Where to connect, and whether TLS begins at once (XEP-0368) or with STARTTLS. */
export interface ServiceTarget extends ServiceRecord {
  readonly security: 'direct-tls' | 'starttls'
}

/** What a client or server learns from a domain's SRV records. */
export type ServiceSelection =
  /** To be tried in this order. */
  | { readonly kind: 'targets'; readonly targets: readonly ServiceTarget[] }
  /** The domain says that it has no such service: do not connect (RFC 6120 §3.2.1). */
  | { readonly kind: 'not-offered' }
  /** No records: connect to the domain itself, port 5222 or 5269 (RFC 6120 §3.2.2). */
  | { readonly kind: 'fallback' }

/**
 * Orders the answers for `_xmpps-` (XEP-0368) and `_xmpp-` (RFC 6120 §3.2.1) as one list, by RFC 2782.
 *
 * @param answers the records of each kind; `undefined` or empty: no answer
 * @param random gives a number from 0 up to, not including, 1
 */
export function selectService(
  answers: {
    readonly directTls?: readonly ServiceRecord[] | undefined
    readonly startTls?: readonly ServiceRecord[] | undefined
  },
  random: () => number,
): ServiceSelection {
  const directTls = answers.directTls ?? []
  const startTls = answers.startTls ?? []
  if (directTls.length + startTls.length === 0) return { kind: 'fallback' }
  const targets = [
    ...offered(directTls).map((record) => ({ ...record, security: 'direct-tls' as const })),
    ...offered(startTls).map((record) => ({ ...record, security: 'starttls' as const })),
  ]
  if (targets.length > 0) return { kind: 'targets', targets: orderRecords(targets, random) }
  // XEP-0368 §5: also after a lone "." for `_xmpps-`, "the initiating party MUST NOT perform A/AAAA fallback".
  return { kind: 'not-offered' }
}

/**
 * The order of RFC 2782: ascending priority; within one priority drawn by weight.
 *
 * @param random gives a number from 0 up to, not including, 1
 */
export function orderRecords<R extends ServiceRecord>(records: readonly R[], random: () => number): R[] {
  const byPriority = new Map<number, R[]>()
  for (const record of records) {
    const group = byPriority.get(record.priority)
    if (group) group.push(record)
    else byPriority.set(record.priority, [record])
  }
  return [...byPriority.keys()].sort((a, b) => a - b).flatMap((key) => drawByWeight(byPriority.get(key) ?? [], random))
}

function drawByWeight<R extends ServiceRecord>(records: R[], random: () => number): R[] {
  // Records of weight 0 stand first, so that they have a small chance of being drawn.
  const left = records.sort((a, b) => Number(a.weight > 0) - Number(b.weight > 0))
  const ordered: R[] = []
  while (left.length > 0) {
    const sum = left.reduce((total, record) => total + record.weight, 0)
    const drawn = Math.floor(random() * (sum + 1))
    let running = 0
    const index = left.findIndex((record) => {
      running += record.weight
      return running >= drawn
    })
    ordered.push(...left.splice(index, 1))
  }
  return ordered
}

function offered(records: readonly ServiceRecord[]): readonly ServiceRecord[] {
  return records.filter((record) => record.target !== '.' && record.target !== '')
}
