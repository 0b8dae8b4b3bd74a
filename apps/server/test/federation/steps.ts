import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import type { LinkReport } from '@parlour/server-core'
import { until } from '../support/waiting.ts'
import type { KindName } from './kinds.ts'
import type { Scene } from './scene.ts'
import type { Client } from './side.ts'

/** Domains with which most cases are run: one for SASL EXTERNAL, one for dialback. */
export const MAIN: readonly KindName[] = ['trusted', 'dialback']
/** Text that goes wrong wherever escaping or UTF-8 does. */
export const AWKWARD = 'Grüße & <b>"q"</b> \'a\' ]]&gt; 日本 🙂'
/** The account `one` at both ends. */
export async function both({ here, there, kind }: Scene) {
  const [from, to] = await Promise.all([here.client(kind), there.client(kind)])
  return { from, to, fromAddress: here.address(kind), toAddress: there.address(kind) }
}

/** Waits until the client's roster has it so; who is not in it has none. */
export async function hasSubscription(client: Client, jid: string, subscription: string, ask: string): Promise<void> {
  let found: unknown
  const look = async () => {
    const item = (await client.roster()).find((each) => each.jid === jid)
    found = { subscription: item?.subscription ?? 'none', ask: item?.ask ?? '' }
    return isDeepStrictEqual(found, { subscription, ask })
  }
  await until(look, 20_000, 'subscription', 50).catch(() =>
    assert.deepEqual(found, { subscription, ask }, `subscription of ${jid}`),
  )
}

/** Who asks gets to see the presence of who is asked. */
export async function subscribe(
  asker: Client,
  askerAddress: string,
  asked: Client,
  askedAddress: string,
): Promise<void> {
  await asker.presence({ to: askedAddress, type: 'subscribe' })
  await asked.presenceFrom(({ from, type }) => from === askerAddress && type === 'subscribe')
  await asked.presence({ to: askerAddress, type: 'subscribed' })
  await asker.presenceFrom(({ from, type }) => from === askedAddress && type === 'subscribed')
  await asker.presenceFrom(({ from, type }) => from === `${askedAddress}/r` && type === 'available')
}

export const bodyIs = (body: string) => (message: { body: string }) => message.body === body

/** Sends, and waits until it is there. */
export async function deliver(from: Client, to: Client, toAddress: string, text: string) {
  await from.send(toAddress, text)
  return to.message(bodyIs(text), 20_000)
}

/** Parlour's links to the other end that stand. */
export async function links({ here, there, kind }: Scene): Promise<readonly LinkReport[]> {
  const all = (await here.server.links?.()) ?? []
  const fits = ({ local, remote }: LinkReport) => local === here.domain(kind) && remote === there.domain(kind)
  return all.filter((link) => fits(link) && link.state === 'established')
}

/** How often a client got a text. */
export const receivedCount = (client: Client, text: string): number =>
  client
    .transcript()
    .split('\n')
    .filter(
      (line) => line.startsWith('{"event"') && JSON.parse(line).event === 'message' && JSON.parse(line).body === text,
    ).length
