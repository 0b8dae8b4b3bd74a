import type { Role, ServerTarget } from './location.ts'

/** What is known of a domain or host without asking. */
export interface StaticHost {
  /** Where servers of other domains connect to; an empty list: nowhere. */
  readonly server?: readonly ServerTarget[]
  /** Where clients connect to; an empty list: nowhere. */
  readonly client?: readonly ServerTarget[]
  /** The addresses of the host of this name. */
  readonly addresses?: readonly string[]
}

/**
 * Domains and host names, in place of DNS (RFC 6120 §3.2.3). `*.example.org` stands for every name below
 * `example.org` that is not listed itself. A list of strings: the addresses of the host.
 */
export type StaticHosts = Readonly<Record<string, StaticHost | readonly string[]>>

/** The entry for a name, or that of the nearest `*.` above it. */
export function staticHost(hosts: ReadonlyMap<string, StaticHost>, name: string): StaticHost | undefined {
  const own = hosts.get(name)
  if (own || hosts.size === 0) return own
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    const above = hosts.get(`*${name.slice(dot)}`)
    if (above) return above
  }
  return undefined
}

/** Where a static entry sends to; undefined if it says nothing about this. */
export function staticTargets(
  { server, client, addresses }: StaticHost,
  role: Role,
  fallback: ServerTarget,
): readonly ServerTarget[] | undefined {
  return (role === 'server' ? server : client) ?? (addresses && [fallback])
}
