import { type Bearable, Bystanders } from '../support/bystanders.ts'
import { type DomainServer, PASSWORD } from './network.ts'

/** Accounts that bystanders sign in to. */
export const BYSTANDERS = ['left', 'right'] as const

/** How long it is measured what is usual, in milliseconds. */
export const USUAL_TIME = 2_000

/** What bystanders of misbehaving servers may notice. */
export const BEARABLE: Bearable = { of: 'p95', slower: 2, floor: 25 }

/** Two who chat on a server, two who chat across to a healthy one, and two on one that has no part in it. */
export function startBystanders(server: DomainServer, healthy: DomainServer, control: DomainServer): Bystanders {
  const end = ({ target }: DomainServer, username: string) => ({ target, username })
  const pair = (name: string, one: DomainServer, other: DomainServer) =>
    ({ name, ends: [end(one, 'left'), end(other, 'right')] }) as const
  return new Bystanders({
    pairs: [pair('local', server, server), pair('remote', server, healthy)],
    control: pair('control', control, control),
    pid: server.process.child.process.pid ?? 0,
    password: PASSWORD,
  })
}
