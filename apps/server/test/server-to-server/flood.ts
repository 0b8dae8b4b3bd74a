import assert from 'node:assert/strict'
import { residentBytes } from '../support/memory.ts'
import { until } from '../support/waiting.ts'
import { BEARABLE, startBystanders, USUAL_TIME } from './bystanders.ts'
import { mebibytes, socketsOf } from './footprint.ts'
import { Peer } from './peer.ts'
import { EVIL, OURS, PEERS_ADDRESS, type Scene } from './scene.ts'

/** Connections from one address that are served at once (`limits.maxConnectionsPerAddress`). */
const PER_ADDRESS = 100
const FROM_ONE = 1_000
const ADDRESSES = 20
/** What a flood may cost in memory while it lasts. */
const HELD = 200 * 1024 * 1024
/** What a second one may leave behind beyond what V8 and malloc keep since the first. */
const LEAKED = 30 * 1024 * 1024

/**
 * Streams are opened as fast as can be: first from one address, then from many, each as many as it may. They are bounded,
 * end with the time for negotiation, and leave nothing behind; bystanders notice nothing.
 */
export async function runFlood(scene: Scene): Promise<string> {
  const pid = scene.server.process.child.process.pid ?? 0
  using bystanders = startBystanders(scene.server, scene.healthy, scene.control)
  await until(async () => (await scene.server.process.links()).length > 0, 20_000, 'the healthy link')
  await new Promise((resolve) => setTimeout(resolve, 500))
  await scene.server.process.collect()
  const [memory, sockets, processor] = [residentBytes(pid), socketsOf(pid), await scene.server.process.processorTime()]
  await bystanders.calm(USUAL_TIME)
  const before = scene.server.process.child.transcript.length

  const first = await flood(scene, memory, sockets)
  const second = await flood(scene, memory, sockets)
  const noticed = await bystanders.verdict(BEARABLE)
  const spent = (await scene.server.process.processorTime()) - processor
  const lines = scene.server.process.child.transcript.slice(before).filter((line) => line.startsWith('! warn'))
  assert.ok(lines.length <= ADDRESSES, `${lines.length} warnings`)
  const told = [first, second].map(({ peak, kept }) => `+${mebibytes(peak)}, afterwards +${mebibytes(kept)}`)
  assert.ok(Math.max(first.peak, second.peak) < HELD, `held too much: ${told.join('; ')}`)
  assert.ok(second.kept - first.kept < LEAKED, `memory stays behind: ${told.join('; ')}`)
  return [
    `${first.stayed} of ${FROM_ONE} from one address were served, ${first.ofMany} from ${ADDRESSES} others; all ended`,
    `memory ${told.join(', the second time ')}; processor ${(spent / 1000).toFixed(1)} s; ${lines.length} warnings`,
    noticed,
  ].join('; ')
}

async function flood(scene: Scene, memory: number, sockets: number) {
  const pid = scene.server.process.child.process.pid ?? 0
  const ofOne = await open(scene, Array(FROM_ONE).fill(PEERS_ADDRESS))
  await until(() => ofOne.filter(({ closed }) => closed).length >= FROM_ONE - PER_ADDRESS, 20_000, 'the bound')
  const stayed = ofOne.filter(({ closed }) => !closed).length
  assert.ok(stayed <= PER_ADDRESS, `${stayed} streams of one address`)
  const addresses = Array.from({ length: ADDRESSES * PER_ADDRESS }, (_, n) => `127.0.1.${1 + (n % ADDRESSES)}`)
  const ofMany = await open(scene, addresses)
  const peak = residentBytes(pid) - memory
  await until(() => [...ofOne, ...ofMany].every(({ closed }) => closed), 30_000, 'the end of all streams')
  await until(() => socketsOf(pid) <= sockets, 20_000, 'the end of all sockets')
  await scene.server.process.collect()
  return { stayed, ofMany: ofMany.length, peak, kept: residentBytes(pid) - memory }
}

/** A header each, and nothing more; some begin TLS. */
async function open({ server }: Scene, addresses: readonly string[]): Promise<Peer[]> {
  const peers: Peer[] = []
  for (const [n, localAddress] of addresses.entries()) {
    const peer = await Peer.connect({ port: server.port, to: OURS, localAddress }).catch(() => undefined)
    if (!peer) continue
    peer.open(EVIL)
    if (n % 4 === 0) peer.write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    peers.push(peer)
  }
  return peers
}
