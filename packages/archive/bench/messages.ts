/**
 * What archiving a message for both sides costs, in CPU time of the whole process: a kernel without sockets, messages
 * between many accounts, so many under way at a time, in SQLite; with the archive, without search, and without the archive.
 *
 *     node --conditions=@parlour/source packages/archive/bench/messages.ts --messages 20000
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Storage } from '@parlour/storage'
import { createSqliteStorage } from '@parlour/storage-sql'
import { type Device, Scene } from '../src/scene.fixture.ts'

const { values } = parseArgs({ options: { messages: { type: 'string', default: '20000' } } })
const MESSAGES = Number(values.messages)
const ACCOUNTS = 200
const UNDER_WAY = 100
const WORDS = 'lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore'.split(
  ' ',
)

const addressOf = (n: number) => `user${n % ACCOUNTS}@example.com`
const textOf = (n: number) => Array.from({ length: 12 }, (_, k) => WORDS[(n * 7 + k * k) % WORDS.length]).join(' ')

async function accounts(storage: Storage): Promise<void> {
  for (let n = 0; n < ACCOUNTS; n++)
    await storage.commit([
      { type: 'put', store: 'accounts', owner: addressOf(n), key: 'account', value: { created: 0 } },
    ])
}

async function run(storage: Storage, devices: readonly Device[], from: number, count: number): Promise<void> {
  for (let at = from; at < from + count; at += UNDER_WAY) {
    for (let n = at; n < at + UNDER_WAY; n++) {
      const sender = devices[n % ACCOUNTS] as Device
      const body = `<body>message ${n} ${textOf(n)}</body><origin-id xmlns='urn:xmpp:sid:0' id='m${n}'/>`
      const stanza = `<message type='chat' id='m${n}' to='${addressOf(n * 31 + 7)}'>${body}</message>`
      await sender.session.receive(sender.parsed(stanza))
      if (sender.received > 100) sender.forget()
    }
    // As their acknowledgements, they wait for what is stored.
    await storage.commit([])
  }
}

async function measure(name: string, settings: Record<string, unknown>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'parlour-messages-'))
  try {
    await using storage = await createSqliteStorage({ file: join(folder, 'archive.db') })
    await accounts(storage)
    const scene = await Scene.open(settings, storage)
    const devices: Device[] = []
    for (let n = 0; n < ACCOUNTS; n++) devices.push(await scene.online(`${addressOf(n)}/phone`))
    await run(storage, devices, 0, 5000)
    const began = performance.now()
    const cpu = process.cpuUsage()
    await run(storage, devices, 5000, MESSAGES)
    const { user, system } = process.cpuUsage(cpu)
    const seconds = (performance.now() - began) / 1000
    const each = ((user + system) / MESSAGES).toFixed(1)
    console.log(`${name.padEnd(20)} ${each.padStart(7)} µs CPU a message, ${(MESSAGES / seconds).toFixed(0)} a second`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

for (let round = 0; round < 2; round++) {
  await measure('no archive', { default: 'never' })
  await measure('archive', { search: false })
  await measure('archive and search', {})
}
