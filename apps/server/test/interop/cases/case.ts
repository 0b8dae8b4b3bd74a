import assert from 'node:assert/strict'
import { until } from '../../support/waiting.ts'
import type { InteropClient } from '../client.ts'
import type { Stage } from '../stage.ts'
import type { Account } from '../stage-server.ts'

type Ability = keyof InteropClient

/** One case; run with every client that has what it needs. Returns what is worth telling. */
export interface Case {
  readonly name: string
  /** What the client must be able to do. */
  readonly needs?: readonly Ability[]
  run(stage: Stage): Promise<string | undefined>
}

/** Text that goes wrong wherever escaping or UTF-8 does. */
export const AWKWARD = 'Grüße & <b>"q"</b> \'a\' ]]&gt; 日本 🙂'

/** A client and its partner, both signed in and available. */
export async function pair(stage: Stage) {
  const [account, other] = await Promise.all([stage.account(), stage.account()])
  const [client, partner] = await Promise.all([stage.client(account), stage.partner(other)])
  return { account, other, client: client as Required<InteropClient>, partner }
}

/** Both see each other's presence. */
export async function subscribe(
  from: Required<InteropClient>,
  asker: Account,
  to: Required<InteropClient>,
  asked: Account,
): Promise<void> {
  await from.presence({ to: asked.address, type: 'subscribe' })
  await to.presenceFrom(({ from: sender, type }) => sender === asker.address && type === 'subscribe')
  await to.presence({ to: asker.address, type: 'subscribed' })
  await from.presenceFrom(({ from: sender, type }) => sender === asked.address && type === 'subscribed')
  await from.presenceFrom(({ from: sender, type }) => sender.startsWith(`${asked.address}/`) && type === 'available')
}

/** Waits until the client's roster has it so; pushes may come after the presence that goes with them (RFC 6121 §3.1.6). */
export async function hasSubscription(
  client: Required<InteropClient>,
  jid: string,
  expected: string | undefined,
): Promise<void> {
  let found: string | undefined
  const look = async () => {
    found = (await client.roster()).find((item) => item.jid === jid)?.subscription
    return found === expected
  }
  await until(look, 60_000, `subscription ${expected} of ${jid}`).catch(() => assert.equal(found, expected))
}

export const bodyIs = (body: string) => (message: { body: string }) => message.body === body
