/**
 * What a sign-in costs the server, TLS handshake included, in CPU time of its process (all threads): with SCRAM as in RFC 6120,
 * and of a device that returns with a token and resumes its session. Blocks of all kinds take turns; those of `--warm` do not
 * count: compilers at run time.
 *
 *     node --conditions=@parlour/source apps/server/bench/sign-in/run.ts [--rounds 10] [--block 40] [--warm 15]
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ACCOUNTS } from './accounts.ts'
import { TextConnection } from './connection.ts'
import { comeBack, firstTime, type Kept, MECHANISM, signIn } from './devices.ts'

const { values } = parseArgs({
  options: {
    ...{ rounds: { type: 'string', default: '10' }, block: { type: 'string', default: '40' } },
    warm: { type: 'string', default: '15' },
  },
})
const BLOCK = Number(values.block)

const folder = mkdtempSync(join(tmpdir(), 'parlour-sign-in-'))
const server = fork(join(import.meta.dirname, 'server.ts'), [folder], { execArgv: ['--conditions=@parlour/source'] })
const ask = async (): Promise<number> => {
  server.send('cpu')
  return (await once(server, 'message'))[0]
}

/** Microseconds of the server's CPU for one. */
async function measure(what: (n: number) => Promise<void>): Promise<number> {
  const before = await ask()
  for (let n = 0; n < BLOCK; n++) await what(n % ACCOUNTS)
  return ((await ask()) - before) / BLOCK
}

const middle = (found: readonly number[]) => found.toSorted((a, b) => a - b)[found.length >> 1] as number
const shown = (found: readonly number[]) =>
  `${middle(found).toFixed(0)} µs (${Math.min(...found).toFixed(0)}–${Math.max(...found).toFixed(0)})`

try {
  const [port] = (await once(server, 'message')) as [number]
  const devices: Kept[] = []
  for (let n = 0; n < ACCOUNTS; n++) devices.push(await firstTime(port, n))
  const kinds = {
    'TLS handshake alone': async () => (await TextConnection.open(port)).cut(),
    'SCRAM-SHA-256, RFC 6120, XEP-0198': (n: number) => signIn(port, n),
    'the same, roster, carbons, presence': (n: number) => signIn(port, n, true),
    [`${MECHANISM} and resumption`]: (n: number) => comeBack(port, n, devices[n] as Kept),
    'the same, TLS session resumed': (n: number) => comeBack(port, n, devices[n] as Kept, true),
  }
  const found = Object.keys(kinds).map((): number[] => [])
  for (let round = -Number(values.warm); round < Number(values.rounds); round++)
    for (const [index, what] of Object.values(kinds).entries()) {
      const cost = await measure(what)
      if (round >= 0) found[index]?.push(cost)
    }
  for (const [index, name] of Object.keys(kinds).entries()) console.log(name.padEnd(36), shown(found[index] ?? []))
  const [, classic = [], ready = [], returning = [], resumed = []] = found
  const ratio = (one: readonly number[], other: readonly number[]) => (middle(one) / middle(other)).toFixed(2)
  for (const [name, cost] of [
    ['TLS anew', returning],
    ['TLS resumed', resumed],
  ] as const)
    console.log(
      `a device that returns, ${name}: ${ratio(cost, classic)} of SCRAM, ${ratio(cost, ready)} of SCRAM until ready`,
    )
} finally {
  server.kill()
  await once(server, 'exit')
  rmSync(folder, { recursive: true })
}
