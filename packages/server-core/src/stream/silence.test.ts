import { expect, test } from 'vitest'
import { Client, conditions, names, RecordingSession, settle } from './client-stream.fixture.ts'

class AskedSession extends RecordingSession {
  probes = 0
  goesOn = true

  probe(): boolean {
    this.probes++
    this.stream.send("<iq type='get' id='alive'/>")
    return this.goesOn
  }
}

async function scene(options = {}) {
  const client = new Client(undefined, { idleTimeout: 300_000, answerTimeout: 60_000, ...options })
  let session: AskedSession | undefined
  const { bind } = client.kernel
  client.kernel.bind = (...values) => {
    const recording = bind(...values) as RecordingSession
    session = new AskedSession(recording.jid, recording.stream)
    return session
  }
  await client.establish()
  if (!session) throw new Error('no session')
  await client.hear()
  const pass = async (milliseconds: number) => {
    client.kernel.environment.pass(milliseconds)
    await settle()
  }
  return { client, session, pass }
}

test('RFC 6120 §4.6.4: a client that is silent for long is asked; one that does not answer is dropped', async () => {
  const { client, session, pass } = await scene()
  await pass(299_999)
  expect(session.probes).toBe(0)
  await pass(1)
  expect(names(await client.hear())).toEqual(['iq'])
  await pass(59_999)
  expect(client.isClosed).toBe(false)
  await pass(1)
  expect([client.isClosed, session.ends]).toEqual([true, ['lost']])
  expect(client.kernel.environment.timers).toBe(0)
})

test('RFC 6120 §4.9.3.4: the stream of a session that cannot go on elsewhere ends with connection-timeout', async () => {
  const { client, session, pass } = await scene()
  session.goesOn = false
  await pass(300_000)
  await pass(60_000)
  expect(conditions(await client.hear())).toEqual(['connection-timeout'])
  expect(session.ends).toEqual(['error'])
})

test('whatever comes is an answer, a space too', async () => {
  const { client, session, pass } = await scene()
  for (let asked = 1; asked <= 3; asked++) {
    await pass(300_000)
    expect(session.probes).toBe(asked)
    await client.say(' ')
    await pass(60_000)
  }
  expect(client.isClosed).toBe(false)
})

test('a client that speaks is not asked', async () => {
  const { client, session, pass } = await scene()
  for (let minute = 0; minute < 30; minute++) {
    await client.say(' ')
    await pass(60_000)
  }
  expect(session.probes).toBe(0)
})

test('one that is not read, for something of it is under way, is not given up', async () => {
  const { client, session, pass } = await scene()
  session.answer = () => new Promise(() => {})
  await client.say("<message id='1'/>")
  await pass(300_000)
  await pass(1_000_000)
  expect([session.probes, client.isClosed]).toEqual([0, false])
})

test('with 0 silence lasts as long as it may', async () => {
  const { client, session, pass } = await scene({ idleTimeout: 0 })
  await pass(10_000_000)
  expect([session.probes, client.isClosed, client.kernel.environment.timers]).toEqual([0, false, 0])
})
