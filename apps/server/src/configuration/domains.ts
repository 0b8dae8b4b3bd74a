import { parseJid } from '@parlour/jid'
import type { ConfigurationFault } from './fault.ts'
import type { Configuration } from './schema.ts'

/** One domain twice, however it is written. */
export function domainFaults({ domains }: Configuration): ConfigurationFault[] {
  const names = domains.map((name) => parseJid(name).domain)
  return names.flatMap((name, at) => {
    const first = names.indexOf(name)
    return first === at ? [] : [{ path: `domains.${at}`, reason: `is domains.${first} once more: leave it out` }]
  })
}
