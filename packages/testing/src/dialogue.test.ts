import { type Connection, createMemoryPair } from '@parlour/transport'
import { expect, test } from 'vitest'
import { DialogueError, FakeEnvironment, MemoryNetwork, runScenario, runTranscript, ScriptedPeer } from './index.ts'

/** Answers each text that it receives whole by what the table says. */
function answering(connection: Connection, table: Readonly<Record<string, string>>): void {
  connection.onData((chunk) => {
    const answer = table[String(chunk)]
    if (answer === 'END') connection.end()
    else if (answer) connection.write(answer)
  })
}

test('a transcript: wildcards, captures, several lines, comments, order of attributes', async () => {
  const [client, server] = createMemoryPair()
  answering(server, {
    '<open/>': `<?xml version='1.0'?><stream:stream id="s1" from='example.org' xmlns="jabber:client">`,
    '<resume id="s1"/>': '<resumed h="3"><note>three  stanzas &amp; more</note></resumed>',
    '</stream>': 'END',
  })
  const captures = await runTranscript(
    `
    # the stream stays open
    C: <open/>
    S: <stream:stream xmlns='jabber:client'
         from='example.org' id='{id}'>
    C: <resume id="{id}"/>
    S: <resumed h='*'>
         <note>three * more</note>
       </resumed>
    C: </stream>
    S: [closed]
    `,
    client,
  )
  expect(captures.get('id')).toBe('s1')
})

test('the runner plays the server, over STARTTLS, one byte at a time, with time', async () => {
  const [client, server] = createMemoryPair({ chunkBytes: 1 })
  const environment = new FakeEnvironment()
  const controller = new AbortController()
  let proceed = ''
  client.onData((chunk) => {
    proceed += String.fromCharCode(...(chunk as Uint8Array))
    if (proceed === '<proceed/>') void client.startTls().then(() => client.write('<secret/>'))
    if (proceed.endsWith('<bye/><bye/>')) controller.abort()
    if (proceed.endsWith('<bye/>')) environment.setTimer(5000, () => client.end())
  })
  client.write('<starttls/>')
  await runTranscript(
    `
    C: <starttls/>
    S: <proceed/>
    S: [starttls]
    C: <secret></secret>
    S: <bye/>
    S: <bye/>
    C: <nothing/>
    `,
    server,
    { plays: 'S', environment, signal: controller.signal },
  ).catch((error: unknown) => expect(String(error)).toContain('line 8: expected <nothing>, but nothing more came'))
  expect([client.security?.protocol, environment.pendingTimers]).toEqual(['memory', 2])
})

test.each([
  ['<a id="1"/>', '<a id="2"/>', 'attribute id: expected "2", got "1"'],
  ['<a id=""/>', '<a id="*"/>', 'attribute id: expected "*", got ""'],
  ['<a b="1"/>', '<a/>', 'unexpected attribute b="1"'],
  ['<a/>', '<a b="*"/>', 'attribute b is missing'],
  ['<a><b/></a>', '<a/>', 'expected </a>, got <b>'],
  ['<a>x</a>', '<a>y</a>', 'text: expected "y", got "x"'],
  ['<a x="1" y="2"/>', '<a x="{n}" y="{n}"/>', 'attribute y: expected "1", got "2"'],
])('%s is not %s', async (said, expected, reason) => {
  const [client, server] = createMemoryPair()
  answering(server, { '<go/>': said })
  const error: unknown = await runTranscript(`C: <go/>\nS: ${expected}`, client).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(DialogueError)
  expect(String(error)).toContain(`line 2: ${reason}`)
  expect(String(error)).toContain(`heard: ${said}`)
})

test('a transcript tells what was missing when the connection closes', async () => {
  const [client, server] = createMemoryPair()
  answering(server, { '<go/>': 'END' })
  await expect(runTranscript('C: <go/>\nS: <a/>', client)).rejects.toThrow(
    'line 2: expected <a>, but the connection is closed',
  )
})

test('a dialogue that begins with neither side is refused', async () => {
  await expect(runTranscript('X: <go/>', createMemoryPair()[0])).rejects.toThrow('line 1')
})

test('a scenario reads like a dialogue between people', async () => {
  const network = new MemoryNetwork()
  const room: Connection[] = []
  network.listen({ host: 'room', port: 1 }, (connection) => {
    room.push(connection)
    connection.onData((chunk) => {
      for (const other of room) if (other !== connection) other.write(String(chunk))
    })
  })
  const left: string[] = []
  const connect = async (name: string) => {
    const connection = network.connect({ host: 'room', port: 1 })
    room.at(-1)?.onClose(() => left.push(name))
    return { connection, names: { [`${name.toLowerCase()}-jid`]: `${name.toLowerCase()}@example.org` } }
  }
  const captures = await runScenario(
    `
    Romeo connects
    Juliet connects
    Romeo sends:
      <message id="m1" from="{romeo-jid}">
        <body>Call me but love</body>
      </message>
    Juliet receives:
      <message id="{id}" from="romeo@example.org">
        <body>*</body>
      </message>
    Juliet disconnects
    `,
    { connect },
  )
  expect(captures.get('id')).toBe('m1')
  for (let i = 0; i < 20; i++) await Promise.resolve()
  expect(left.sort()).toEqual(['Juliet', 'Romeo'])
  const missing = runScenario('Romeo sends:\n <a/>', { connect })
  await expect(missing).rejects.toThrow('line 1: Romeo sends: Romeo is not connected')
})

test('a peer passes over what comes before the pattern, and remembers names of the pattern only', async () => {
  const [client, server] = createMemoryPair({ chunkBytes: 1 })
  const peer = new ScriptedPeer(client)
  server.write('<a id="1"/><b id="2"/><b id="3"><c/></b><d/>')
  await peer.expectUntil('<b id="{id}"><c/></b>')
  expect(peer.captures.get('id')).toBe('3')
  await peer.expect('<d/>')
  server.end()
  await expect(peer.expectUntil('<never/>')).rejects.toThrow(DialogueError)
})
