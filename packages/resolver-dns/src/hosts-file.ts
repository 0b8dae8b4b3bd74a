import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { ResolverEnvironment } from './environment.ts'

const REFRESH = 10_000

/** The machine's own table of hosts, read again from time to time. */
export class HostsFile {
  readonly #environment: ResolverEnvironment
  readonly #path: string
  #hosts: ReadonlyMap<string, readonly string[]> = new Map()
  #readAt = Number.NEGATIVE_INFINITY

  constructor(environment: ResolverEnvironment, path = systemPath()) {
    this.#environment = environment
    this.#path = path
  }

  addresses(name: string): readonly string[] | undefined {
    const now = this.#environment.now()
    if (now - this.#readAt >= REFRESH) {
      this.#readAt = now
      this.#hosts = parseHosts(contentOf(this.#path))
    }
    return this.#hosts.get(name)
  }
}

function systemPath(): string {
  const windows = process.env.SystemRoot
  return process.platform === 'win32' && windows ? join(windows, 'System32/drivers/etc/hosts') : '/etc/hosts'
}

/** A machine without such a file, or that shows it to nobody, has no such hosts. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Lines of an address and names; `#` begins a comment. */
function parseHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (isIP(address) === 0) continue
    for (const name of names.map((each) => each.toLowerCase())) {
      const known = hosts.get(name)
      if (known) known.push(address)
      else hosts.set(name, [address])
    }
  }
  return hosts
}
