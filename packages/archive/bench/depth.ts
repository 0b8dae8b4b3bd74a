/**
 * What a page of 50 messages costs the server, at several depths of a large archive in SQLite, in CPU time of the whole
 * process: the thread of the storage and the stream included.
 *
 *     node --conditions=@parlour/source packages/archive/bench/depth.ts --messages 1000000
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Storage, Write } from '@parlour/storage'
import { createSqliteStorage } from '@parlour/storage-sql'
import { chat, type Device, form, JULIET, ROMEO, Scene, set } from '../src/scene.fixture.ts'

const { values } = parseArgs({ options: { messages: { type: 'string', default: '1000000' } } })
const TOTAL = Number(values.messages)
const STEP = 1000
const ROUNDS = 100
const BEGAN = Date.UTC(2025, 0, 1)
/** Of the messages before: a second apart. */
const timeOf = (n: number) => BEGAN + n * 1000
const idOf = (n: number) =>
  `${timeOf(n).toString(16).padStart(12, '0')}-0000-${(n * 2654435761).toString(16).padStart(16, '0')}`

function entry(n: number): Write {
  const other = `contact${n % 50}@example.net`
  const body = `message ${n}: ${'lorem ipsum dolor sit amet '.repeat(1 + (n % 5))}`
  return {
    ...{ type: 'append', archive: 'archive/messages', owner: ROMEO, id: idOf(n), at: timeOf(n), with: other },
    value: `<message type='chat' to='${ROMEO}' from='${other}/phone' id='m${n}'><body>${body}</body><request xmlns='urn:xmpp:receipts'/><origin-id xmlns='urn:xmpp:sid:0' id='m${n}'/></message>`,
  }
}

async function fill(storage: Storage): Promise<void> {
  for (let from = 0; from < TOTAL; from += STEP)
    await storage.commit(Array.from({ length: Math.min(STEP, TOTAL - from) }, (_, n) => entry(from + n)))
}

/** Milliseconds of CPU and of waiting for one call. */
async function measure(
  rounds: number,
  call: (round: number) => Promise<unknown>,
): Promise<{ cpu: number; wall: number }> {
  for (let round = 0; round < 5; round++) await call(round)
  const cpu = process.cpuUsage()
  const began = performance.now()
  for (let round = 0; round < rounds; round++) await call(round)
  const wall = (performance.now() - began) / rounds
  const { user, system } = process.cpuUsage(cpu)
  return { cpu: (user + system) / 1000 / rounds, wall }
}

async function page(device: Device, content: string): Promise<void> {
  device.take()
  await device.session.receive(
    device.parsed(`<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2'>${content}</query></iq>`),
  )
  if (device.received < 51) throw new Error(`only ${device.received} stanzas`)
}

async function pages(device: Device): Promise<void> {
  const near = (share: number, round: number) => Math.min(TOTAL - 60, Math.floor(TOTAL * share) + round)
  const time = (share: number, round: number) => new Date(timeOf(near(share, round))).toISOString()
  const kinds: readonly (readonly [string, (round: number) => string])[] = [
    ['first page', () => set('<max>50</max>')],
    ['last page', () => set('<max>50</max><before/>')],
    ...[0.01, 0.5, 0.99].flatMap((share) => [
      [`after, at ${share}`, (n: number) => set(`<max>50</max><after>${idOf(near(share, n))}</after>`)] as const,
      [`before, at ${share}`, (n: number) => set(`<max>50</max><before>${idOf(near(share, n))}</before>`)] as const,
      [`start, at ${share}`, (n: number) => form({ start: time(share * 0.99, n) }) + set('<max>50</max>')] as const,
      [
        `with, before, at ${share}`,
        (n: number) =>
          form({ with: `contact${n % 50}@example.net`, end: time(Math.max(share, 0.5), n) }) +
          set('<max>50</max><before/>'),
      ] as const,
    ]),
  ]
  for (const [name, content] of kinds) {
    const { cpu, wall } = await measure(ROUNDS, (round) => page(device, content(round)))
    console.log(`${name.padEnd(24)} ${cpu.toFixed(2).padStart(7)} ms CPU ${wall.toFixed(2).padStart(7)} ms`)
  }
}

const folder = mkdtempSync(join(tmpdir(), 'parlour-depth-'))
try {
  const file = join(folder, 'archive.db')
  await using storage = await createSqliteStorage({ file })
  const filling = process.cpuUsage()
  await fill(storage)
  const { user, system } = process.cpuUsage(filling)
  console.log(
    `${TOTAL} messages, ${(statSync(file).size / TOTAL).toFixed(0)} octets each, ${((user + system) / TOTAL).toFixed(1)} µs of CPU each`,
  )
  const scene = await Scene.open({}, storage)
  const device = await scene.online(`${ROMEO}/orchard`)
  await pages(device)
  const { cpu } = await measure(
    2000,
    (round) => device.session.receive(device.parsed(chat(JULIET, `m${round}`))) as Promise<void>,
  )
  console.log(`one message, archived for both, one commit each: ${(cpu * 1000).toFixed(0)} µs of CPU`)
} finally {
  rmSync(folder, { recursive: true })
}
