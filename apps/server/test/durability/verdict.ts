import type { Arrival, ManagedDevice } from './managed-device.ts'

/** What became of the messages. */
export interface Verdict {
  readonly acknowledged: number
  /** Acknowledged, answered with no error, and neither with a device of the receiver nor in the archive. */
  readonly lost: number
  /** Acknowledged, and not in the receiver's archive. */
  readonly notArchived: number
  /** Acknowledged, and in the archive, but come to no device of the receiver. */
  readonly onlyArchived: number
  /** Came twice to one device with the same stanza id. */
  readonly twice: number
  /** The sender sent it again, for it had no acknowledgement, and it came to one device again, with another id or none. */
  readonly repeated: number
  /**
   * Came to a device, for the first time, after a later one of the same conversation. What another device of the account
   * has left comes late, and says so by `<delay/>`: where there are several, that has an order of its own.
   */
  readonly disordered: number
  /** Answered with an error. */
  readonly refused: number
  /** The first few faults, in words. */
  readonly faults: readonly string[]
}

/** Compares what the senders were told with what the receivers have. */
export function judge(
  senders: readonly ManagedDevice[],
  receivers: readonly ManagedDevice[],
  archives: ReadonlyMap<string, readonly Arrival[]>,
): Verdict {
  const faults: string[] = []
  const count = {
    ...{ acknowledged: 0, lost: 0, notArchived: 0, onlyArchived: 0 },
    ...{ twice: 0, repeated: 0, disordered: 0, refused: 0 },
  }
  const received = new Set<string>()
  for (const device of receivers) {
    for (const { from, number } of device.record.arrivals) received.add(`${device.address} ${from} ${number}`)
    const isAlone = receivers.every((other) => other === device || other.address !== device.address)
    const { twice, repeated, disordered } = judgeDevice(device, isAlone, faults)
    count.twice += twice
    count.repeated += repeated
    count.disordered += disordered
  }
  const archived = new Set(
    [...archives].flatMap(([account, all]) => all.map(({ from, number }) => `${account} ${from} ${number}`)),
  )
  for (const sender of senders) {
    for (const numbers of sender.record.refused.values()) count.refused += numbers.size
    for (const [to, numbers] of sender.record.acknowledged) {
      for (const number of numbers) {
        if (sender.record.refused.get(to)?.has(number)) continue
        count.acknowledged++
        const key = `${to} ${sender.address} ${number}`
        if (!archived.has(key)) count.notArchived++
        if (received.has(key)) continue
        if (archived.has(key)) {
          count.onlyArchived++
          faults.push(`only archived: ${key}`)
          continue
        }
        count.lost++
        faults.push(`lost: ${key}`)
      }
    }
  }
  return { ...count, faults: faults.slice(0, 10) }
}

function judgeDevice({ record, address }: ManagedDevice, isAlone: boolean, faults: string[]) {
  let [twice, repeated, disordered] = [0, 0, 0]
  const ids = new Set<string>()
  const numbers = new Set<string>()
  const last = new Map<string, number>()
  for (const { from, number, stanzaId, isDelayed } of record.arrivals) {
    const key = `${from} ${number}`
    const order = isAlone || !isDelayed ? from : `${from} delayed`
    if (stanzaId !== undefined && ids.has(stanzaId)) {
      twice++
      faults.push(`twice: ${address} ${key} as ${stanzaId}`)
    } else if (numbers.has(key)) repeated++
    else if (number < (last.get(order) ?? -1)) {
      disordered++
      faults.push(`out of order: ${address} ${key} after ${last.get(order)}`)
    }
    if (stanzaId !== undefined) ids.add(stanzaId)
    numbers.add(key)
    last.set(order, Math.max(number, last.get(order) ?? -1))
  }
  return { twice, repeated, disordered }
}
