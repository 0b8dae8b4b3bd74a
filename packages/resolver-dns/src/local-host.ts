import { lookup } from 'node:dns/promises'

/** Asks the machine, which may know hosts of its network in other ways than DNS; nothing if it does not. */
export async function lookUpLocalHost(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true, order: 'verbatim' }).catch(() => [])
  return found.map(({ address }) => address)
}
