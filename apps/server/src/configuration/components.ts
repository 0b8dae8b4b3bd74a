import { parseJid } from '@parlour/jid'
import type { ConfigurationFault } from './fault.ts'
import type { Configuration } from './schema.ts'

type ComponentConfiguration = Configuration['components'][number]

/** What is wrong with components that no single setting shows. */
export function componentFaults({ components, domains }: Configuration): ConfigurationFault[] {
  const taken = new Map(domains.map((name) => [domainOf(name), 'one of `domains`']))
  const hosts = new Set(taken.keys())
  return components.flatMap((component, index) => {
    const path = `components.${index}`
    const domain = domainOf(component.domain)
    const holder = taken.get(domain)
    taken.set(domain, `the domain of ${path} too`)
    return [
      ...(holder === undefined
        ? []
        : [{ path: `${path}.domain`, reason: `is ${holder}`, example: `irc.${domains[0]}` }]),
      ...secretFaults(path, component),
      ...listingFaults(path, component, hosts),
    ]
  })
}

function secretFaults(path: string, { secret, secretFile }: ComponentConfiguration): ConfigurationFault[] {
  if ((secret === undefined) !== (secretFile === undefined)) return []
  const reason =
    secret === undefined ? 'has no secret: give `secret` or `secretFile`' : 'has two secrets: one is enough'
  return [{ path, reason }]
}

function listingFaults(
  path: string,
  { listedBy }: ComponentConfiguration,
  hosts: ReadonlySet<string>,
): ConfigurationFault[] {
  if (listedBy === undefined || listedBy === false || hosts.has(domainOf(listedBy))) return []
  return [{ path: `${path}.listedBy`, reason: 'is none of `domains`', example: [...hosts][0] }]
}

const domainOf = (text: string): string => parseJid(text).domain
