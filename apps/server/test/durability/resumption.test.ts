import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { HEADER, plainAuthentication, RawClient } from '../support/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../support/server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'parlour-resumption-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SM = "xmlns='urn:xmpp:sm:3'"
const chat = (id: string, to = 'juliet') =>
  `<message id='${id}' to='${to}@localhost' type='chat'><body>${id}</body></message>`

async function enabled(server: ServerProcess, name: string) {
  const client = await RawClient.signedIn(server, name, 'secret', 'desk')
  client.write(`<presence/><enable ${SM} resume='true'/>`)
  const id = /id='([0-9a-f]+)'/.exec(await client.take(/<enabled [^>]*>/))?.[1] ?? ''
  return { client, id }
}

/** Signs in on a new connection and says `<resume/>`. @returns the answer */
async function resume(server: ServerProcess, name: string, id: string, h: number) {
  const client = await RawClient.secure(server)
  client.write(HEADER)
  await client.take(/<\/stream:features>/)
  client.write(plainAuthentication(name, 'secret'))
  await client.take(/<success[^>]*>/)
  client.write(HEADER)
  expect(await client.take(/<stream:features>.*<\/stream:features>/)).toContain(`<sm ${SM}/>`)
  client.write(`<resume ${SM} previd='${id}' h='${h}'/>`)
  const answer = await client.take(/<resumed [^>]*>|<failed .*<\/failed>/)
  return { client, answer }
}

test('XEP-0198 §5: both sessions outlive kill -9; what was acknowledged is there, and h is not taken back', async () => {
  const before = await startServerProcess({}, folder)
  for (const name of ['romeo', 'juliet']) await before.createAccount(`${name}@localhost`, 'secret')
  const juliet = await enabled(before, 'juliet')
  const romeo = await enabled(before, 'romeo')
  for (let n = 1; n <= 20; n++) romeo.client.write(chat(`m${n}`))
  romeo.client.write(`<r ${SM}/>`)
  await romeo.client.take(/<a [^>]*h='20'/)
  await juliet.client.take(/<body>m20<\/body>/)
  await before.child.end('SIGKILL')

  await using after = await startServerProcess({}, folder)
  // Three presences at most, then the messages: it has handled all before the eleventh.
  const { client: again, answer } = await resume(after, 'juliet', juliet.id, presencesOf(juliet.client) + 10)
  expect(answer).toContain("h='0'")
  const rest = await again.ping()
  expect([...rest.matchAll(/<body>(m\d+)<\/body>/g)].map(([, body]) => body)).toEqual(
    Array.from({ length: 10 }, (_, n) => `m${n + 11}`),
  )
  const sender = await resume(after, 'romeo', romeo.id, 0)
  expect(sender.answer).toContain("h='20'")
  sender.client.write(chat('m21'))
  sender.client.write(`<r ${SM}/>`)
  await sender.client.take(/<a [^>]*h='21'/)
  await again.take(/<body>m21<\/body>/)
  again.destroy()
  sender.client.destroy()
}, 120_000)

/** What the server has sent and counted besides messages. */
function presencesOf(client: RawClient): number {
  const counted = client.received.slice(client.received.indexOf('<enabled'))
  return (counted.match(/<presence /g) ?? []).length
}
