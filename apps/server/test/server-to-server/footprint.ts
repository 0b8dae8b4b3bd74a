import { readdirSync, readlinkSync } from 'node:fs'
import { residentBytes } from '../support/memory.ts'
import type { DomainServer } from './network.ts'

/** What a server holds. */
export interface Footprint {
  /** Bytes of the process, and with them what V8 and malloc keep for later. */
  readonly memory: number
  /** Bytes that something holds. */
  readonly heldBytes: number
  readonly sockets: number
  /** Pairs of domains with a link. */
  readonly links: number
  readonly timers: number
}

/** Measured after garbage collection. */
export async function footprintOf({ process }: DomainServer): Promise<Footprint> {
  const heldBytes = await process.heldBytes()
  const links = (await process.links()).filter(({ direction }) => direction === 'outgoing').length
  return {
    memory: residentBytes(process.child.process.pid ?? 0),
    heldBytes,
    sockets: socketsOf(process.child.process.pid ?? 0),
    links,
    timers: await process.timers(),
  }
}

/** Open sockets of a process (Linux). */
export function socketsOf(pid: number): number {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).filter((name) => isSocket(`${folder}/${name}`)).length
}

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('socket:')
  } catch {
    return false // closed since it was listed
  }
}

const MIB = 1024 * 1024
export const mebibytes = (bytes: number): string => `${(bytes / MIB).toFixed(0)} MiB`
