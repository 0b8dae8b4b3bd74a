import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CaseRunner } from '../support/cases.ts'
import { RawClient } from '../support/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../support/server-process.ts'
import { until } from '../support/waiting.ts'

const CHANGES_MADE_AT_ONCE = 8

/** What the server has answered: after the restart it must be so, or as a later change that it was still asked for says. */
class Promised {
  /** Names that a contact may have: the last one answered, then those asked for since. */
  readonly contacts = new Map<string, (string | undefined)[]>()
  /** Bodies in the order in which they were accepted. */
  readonly messages: string[] = []
  answered = 0
}

/** Changes the roster, several changes in flight, until the connection breaks. */
async function changeRoster(target: ServerProcess, promised: Promised, round: number): Promise<void> {
  const client = await RawClient.signedIn(target, 'keeper', 'secret', `changing-${round}`)
  for (let n = 0; !client.closed; n += CHANGES_MADE_AT_ONCE) {
    const requests = Array.from({ length: CHANGES_MADE_AT_ONCE }, (_, k) => change(promised, round, n + k))
    await Promise.all(requests.map((request) => request.send(client)))
  }
}

function change(promised: Promised, round: number, n: number) {
  const jid = `contact-${n % 40}@localhost`
  // Every fifth change of a contact removes it, if it is there.
  const known = promised.contacts.get(jid)
  const name = n % 5 === 4 && known?.length === 1 && known[0] !== undefined ? undefined : `name ${round} ${n}`
  const attributes = name === undefined ? "subscription='remove'" : `name='${name}'`
  const possible = known ?? [undefined]
  possible.push(name)
  promised.contacts.set(jid, possible)
  const at = possible.length - 1
  return {
    async send(client: RawClient) {
      const payload = `<query xmlns='jabber:iq:roster'><item jid='${jid}' ${attributes}/></query>`
      const answer = await client.set(payload).catch((error: unknown) => {
        if (client.closed) return undefined
        throw error
      })
      if (answer === undefined) return
      assert.match(answer, /type='result'/)
      promised.answered++
      // From now on nothing older than this.
      possible.splice(0, possible.lastIndexOf(name, at) === -1 ? 0 : possible.indexOf(name))
    },
  }
}

/** Sends messages to somebody who is away; a ping that is answered says that those before it were accepted. */
async function sendMessages(target: ServerProcess, promised: Promised, round: number): Promise<void> {
  const client = await RawClient.signedIn(target, 'sender', 'secret', `sending-${round}`)
  for (let n = 0; !client.closed; n += 3) {
    const bodies = [n, n + 1, n + 2].map((each) => `message ${round} ${each}`)
    for (const body of bodies) {
      client.write(`<message to='away@localhost' type='chat'><body>${body}</body></message>`)
    }
    const before = await client.ping().catch((error: unknown) => {
      if (client.closed) return undefined
      throw error
    })
    if (before === undefined) return
    // A full store is no reason to forget what was accepted.
    const refused = before.match(/type='error'/g)?.length ?? 0
    assert.ok(refused === 0 || refused === bodies.length, `${refused} of ${bodies.length} refused`)
    if (refused === 0) promised.messages.push(...bodies)
  }
}

async function checkRoster(target: ServerProcess, promised: Promised): Promise<void> {
  const client = await RawClient.signedIn(target, 'keeper', 'secret', 'checking')
  client.write("<iq type='get' id='all'><query xmlns='jabber:iq:roster'/></iq>")
  const roster = await client.take(/<iq [^>]*id='all'.*?<\/iq>/)
  client.destroy()
  const kept = new Map(
    [...roster.matchAll(/<item ([^>]*)>/g)].map(([, attributes = '']) => [
      /jid='([^']*)'/.exec(attributes)?.[1] ?? '',
      /name='([^']*)'/.exec(attributes)?.[1],
    ]),
  )
  for (const [jid, possible] of promised.contacts) {
    const name = kept.get(jid)
    assert.ok(possible.includes(name), `${jid} is ${name}, expected one of ${possible.map(String).join(', ')}`)
    promised.contacts.set(jid, [name])
  }
  for (const jid of kept.keys()) assert.ok(promised.contacts.has(jid), `${jid} was never asked for`)
}

async function checkMessages(target: ServerProcess, promised: Promised): Promise<void> {
  const client = await RawClient.signedIn(target, 'away', 'secret', 'checking')
  client.write('<presence/>')
  const last = promised.messages.at(-1)
  if (last !== undefined) await until(() => client.received.includes(`<body>${last}</body>`), 5000, `${last} arrives`)
  const flood = await client.ping()
  const arrived = [...flood.matchAll(/<body>([^<]*)<\/body>/g)].map(([, body]) => body)
  client.destroy()
  const expected = new Set(promised.messages)
  assert.deepEqual(
    arrived.filter((body) => body !== undefined && expected.has(body)),
    promised.messages,
    'accepted messages are delivered, once and in order',
  )
  promised.messages.length = 0
}

/** A different moment in each round: after so many answers. */
async function killAfter(server: ServerProcess, promised: Promised, answers: number, work: Promise<unknown>) {
  const enough = () => promised.answered + promised.messages.length >= answers
  const watch = new Promise<void>((resolve) => {
    const look = () => (enough() ? resolve() : void setImmediate(look))
    look()
  })
  await Promise.race([watch, work])
  await server.child.end('SIGKILL')
  await work
}

/** `kill -9` in the middle of roster changes and offline messages: what was answered is there after the restart. */
export async function runAnswerRounds(runner: CaseRunner, rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'parlour-durability-'))
  const promised = new Promised()
  const options = { limits: { maxConnectionsPerAddress: 1000 } }
  try {
    let server = await startServerProcess(options, folder)
    for (const name of ['keeper', 'sender', 'away']) await server.createAccount(`${name}@localhost`, 'secret')
    for (let round = 1; round <= rounds; round++) {
      const passed = await runner.run(
        'server',
        `kill -9, round ${round} of ${rounds}`,
        async () => {
          promised.answered = 0
          const work = Promise.all([changeRoster(server, promised, round), sendMessages(server, promised, round)])
          await killAfter(server, promised, 10 + round * 17, work)
          const [changes, messages] = [promised.answered, promised.messages.length]
          server = await startServerProcess(options, folder)
          await checkRoster(server, promised)
          await checkMessages(server, promised)
          return `${changes} roster changes and ${messages} messages were answered and are there`
        },
        () => server.child.transcript.slice(-40).join('\n'),
      )
      if (!passed) break
    }
    await server[Symbol.asyncDispose]()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
