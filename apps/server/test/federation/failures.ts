import assert from 'node:assert/strict'
import { until } from '../support/waiting.ts'
import type { Case } from './case.ts'
import { gatesOf, type Scene } from './scene.ts'
import { QUEUED_SECONDS, SILENT_SECONDS } from './servers/parlour.ts'
import type { Client } from './side.ts'
import { bodyIs, both, deliver, links, MAIN, receivedCount } from './steps.ts'

/** More than a stanza waits for a server that was reached before. */
const LONG = (QUEUED_SECONDS + SILENT_SECONDS + 10) * 1000

/** What is written before the end of a stream is noticed is lost, where nothing is acknowledged. */
function linkIsGone(scene: Scene): Promise<unknown> {
  return until(async () => (await links(scene)).length === 0, 20_000, 'the end of the stream')
}

/** What is sent while the other is away; Parlour holds it, others may not. */
async function sendMeanwhile({ isForward, text }: Scene, from: Client, toAddress: string): Promise<string[]> {
  if (!isForward) return []
  const texts = [text('meanwhile'), text('and again')]
  for (const each of texts) await from.send(toAddress, each)
  return texts
}

/** The conversation goes on: sent anew while the servers still have to find each other. */
async function goesOn(scene: Scene, from: Client, to: Client, toAddress: string): Promise<void> {
  const words = scene.text('going on')
  const send = async () => {
    await from.send(toAddress, words)
    return to.message(bodyIs(words), 1000).catch(() => undefined)
  }
  await until(send, 25_000, `${words} to ${toAddress}`)
}

/**
 * Signs in and gets these messages, live or from offline storage, in any order. What comes between a sign-in and its
 * presence, some servers keep for the next one.
 */
async function allArrive({ there, kind }: Scene, texts: readonly string[]): Promise<Client> {
  const back = await there.client(kind)
  const came = await Promise.allSettled(texts.map((text) => back.message(bodyIs(text), 15_000)))
  const missing = texts.filter((_, index) => came[index]?.status === 'rejected')
  if (missing.length === 0) return back
  await there.leave(kind)
  const again = await there.client(kind)
  for (const text of missing) await again.message(bodyIs(text), 10_000)
  return again
}

async function restart(scene: Scene, signal: 'SIGTERM' | 'SIGKILL'): Promise<undefined> {
  const { from, to, fromAddress, toAddress } = await both(scene)
  await deliver(from, to, toAddress, scene.text('before'))
  await deliver(to, from, fromAddress, scene.text('before'))
  const isManaged = scene.isForward && (await links(scene)).every(({ managed }) => managed)
  await scene.there.stop(signal)
  if (scene.isForward && !isManaged) await linkIsGone(scene)
  const meanwhile = await sendMeanwhile(scene, from, toAddress)
  await scene.there.server.start()
  const back = await allArrive(scene, meanwhile)
  await goesOn(scene, from, back, toAddress)
  await goesOn(scene, back, from, fromAddress)
  return undefined
}

async function killedMeanwhile(scene: Scene): Promise<undefined> {
  const { from, to, fromAddress, toAddress } = await both(scene)
  await deliver(from, to, toAddress, scene.text('before'))
  await scene.there.stop('SIGTERM')
  await linkIsGone(scene)
  const meanwhile = await sendMeanwhile(scene, from, toAddress)
  // Far longer than it takes to store them; the client does not tell what was acknowledged.
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  await scene.here.stop('SIGKILL')
  await scene.here.server.start()
  await scene.there.server.start()
  const back = await allArrive(scene, meanwhile)
  const again = await scene.here.client(scene.kind)
  await goesOn(scene, again, back, toAddress)
  await goesOn(scene, back, again, fromAddress)
  for (const text of meanwhile) assert.ok(receivedCount(back, text) <= 1, 'none twice')
  return undefined
}

/** What happens to servers and to the way between them. */
export const FAILURES: readonly Case[] = [
  { name: 'the other is restarted in mid-conversation', kinds: ['trusted'], run: (scene) => restart(scene, 'SIGTERM') },
  { name: 'the other is killed in mid-conversation', kinds: ['dialback'], run: (scene) => restart(scene, 'SIGKILL') },
  {
    name: 'killed while the other is away: what was acknowledged arrives',
    kinds: MAIN,
    forwardOnly: true,
    run: killedMeanwhile,
  },
  {
    name: 'connections cut in mid-conversation',
    kinds: MAIN,
    async run(scene) {
      const { from, to, fromAddress, toAddress } = await both(scene)
      await deliver(from, to, toAddress, scene.text('before'))
      for (const gate of gatesOf(scene)) gate.cut()
      await goesOn(scene, from, to, toAddress)
      await goesOn(scene, to, from, fromAddress)
      return undefined
    },
  },
  {
    name: 'silence for a while: all is delivered, once',
    kinds: MAIN,
    async run(scene) {
      const { from, to, fromAddress, toAddress } = await both(scene)
      await deliver(from, to, toAddress, scene.text('before'))
      await deliver(to, from, fromAddress, scene.text('before'))
      for (const gate of gatesOf(scene)) gate.silence()
      const [out, back] = [scene.text('out'), scene.text('back')]
      await from.send(toAddress, out)
      await to.send(fromAddress, back)
      await new Promise((resolve) => setTimeout(resolve, 1500))
      for (const gate of gatesOf(scene)) gate.speak()
      await Promise.all([to.message(bodyIs(out)), from.message(bodyIs(back))])
      await deliver(from, to, toAddress, scene.text('after'))
      assert.equal(receivedCount(to, out), 1)
      assert.equal(receivedCount(from, back), 1)
      return undefined
    },
  },
  {
    name: 'silence in mid-conversation: the sender is told',
    kinds: MAIN,
    forwardOnly: true,
    run: (scene) => longSilence(scene, false),
  },
  {
    name: 'silence on connecting: the sender is told',
    kinds: ['dialback'],
    forwardOnly: true,
    run: (scene) => longSilence(scene, true),
  },
]

/** @param isFromStart whether there is no stream yet when the silence begins */
async function longSilence(scene: Scene, isFromStart: boolean): Promise<string> {
  // Accounts of their own: of what others sent while connections broke, errors may still come.
  const user = isFromStart ? 'two' : 'three'
  const { here, there, kind } = scene
  const [from, to] = await Promise.all([here.client(kind, user), there.client(kind, user)])
  const [fromAddress, toAddress] = [here.address(kind, user), there.address(kind, user)]
  await deliver(from, to, toAddress, scene.text('before'))
  await until(async () => (await links(scene)).every(({ pendingBytes }) => pendingBytes === 0), 10_000, 'confirmation')
  const gates = gatesOf(scene)
  for (const gate of gates) {
    if (isFromStart) gate.cut()
    gate.silence()
  }
  if (isFromStart) await linkIsGone(scene)
  const words = scene.text('into silence')
  let told: string
  try {
    await from.send(toAddress, words)
    const { condition, text } = await from.messageError((error) => error.from === toAddress, LONG)
    assert.equal(condition, 'remote-server-timeout')
    told = text
  } finally {
    for (const gate of gates) {
      gate.cut()
      gate.speak()
    }
  }
  await goesOn(scene, from, to, toAddress)
  await goesOn(scene, to, from, fromAddress)
  assert.equal(receivedCount(to, words), 0)
  return told.replaceAll(/:\d{4,}/g, ':PORT')
}
