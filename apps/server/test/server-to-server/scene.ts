import assert from 'node:assert/strict'
import type { TestCertificate } from '@parlour/testing/certificates'
import type { RawClient } from '../support/raw-client.ts'
import { until } from '../support/waiting.ts'
import { BYSTANDERS } from './bystanders.ts'
import { type DomainServer, logged, Network } from './network.ts'
import { Peer } from './peer.ts'

/** The domain of the server under test, that of a component of it, and that of a peer which misbehaves. */
export const OURS = 'a.example'
export const COMPONENT = 'component.a.example'
export const EVIL = 'evil.example'
/** Policy `dialback` holds for it. */
export const DIALBACK = 'evil.dialback.example'
/** Peers come from here, so that only they meet the bounds of an address. */
export const PEERS_ADDRESS = '127.0.0.66'

/** Seconds that clients have to negotiate; servers have twice that. */
export const NEGOTIATION_SECONDS = 2

/** A server under test, a healthy one beside it, and somebody who must not get anything from those who misbehave. */
export class Scene implements AsyncDisposable {
  readonly network: Network
  readonly server: DomainServer
  readonly healthy: DomainServer
  /** Nobody does anything to it. */
  readonly control: DomainServer
  readonly victim: RawClient
  readonly certificates: {
    readonly evil: TestCertificate
    readonly other: TestCertificate
    readonly dialback: TestCertificate
  }

  static async open(): Promise<Scene> {
    const network = await Network.open()
    const server = await network.serve(OURS, [...BYSTANDERS, 'victim'], {
      limits: { negotiationSeconds: NEGOTIATION_SECONDS },
      components: [{ domain: COMPONENT, secret: 'of the component' }],
      listen: { components: 0 },
      federation: { domains: { '*.dialback.example': 'dialback', 'b.example': 'dialback' }, maxQueuedSeconds: 10 },
    })
    const healthy = await network.serve('b.example', BYSTANDERS, { federation: { security: 'dialback' } })
    const control = await network.serve('control.example', BYSTANDERS)
    for (const { domain, port } of [server, healthy]) network.point(domain, port)
    const certificates = {
      evil: await network.certificate(EVIL),
      other: await network.certificate('other.example'),
      dialback: await network.certificate(DIALBACK),
    }
    const victim = await server.signIn('victim')
    victim.write('<presence/>')
    await victim.ping()
    return new Scene({ network, server, healthy, control, victim, certificates })
  }

  private constructor(parts: Pick<Scene, 'network' | 'server' | 'healthy' | 'control' | 'victim' | 'certificates'>) {
    this.network = parts.network
    this.server = parts.server
    this.healthy = parts.healthy
    this.control = parts.control
    this.victim = parts.victim
    this.certificates = parts.certificates
  }

  connect(localAddress = PEERS_ADDRESS): Promise<Peer> {
    return Peer.connect({ port: this.server.port, to: OURS, localAddress })
  }

  /** A peer that proved to be {@link EVIL}. */
  async authenticated(): Promise<Peer> {
    const peer = await this.connect()
    await peer.authenticated(EVIL, this.certificates.evil)
    return peer
  }

  /** The victim writes to a domain; gives back the error that comes. */
  async write(domain: string, limit = 20_000): Promise<string> {
    this.victim.write(`<message to='user@${domain}' type='chat' id='w'><body>anybody there?</body></message>`)
    return this.victim.take(/<message [^>]*type='error'.*?<\/message>/, limit)
  }

  /** Nothing came to the victim, and the server has logged so many warnings, which are given back, and no error; nothing secret. */
  async expectRefusal(since: number, warnings: number, secrets: readonly string[] = []): Promise<readonly string[]> {
    const heard = await this.victim.ping()
    assert.doesNotMatch(heard, /<(message|presence)/, 'nothing is delivered')
    const lines = () => logged(this.server, 'warn', since)
    await until(() => lines().length >= warnings, 10_000, `a line in the log, not ${lines().length}`)
    assert.equal(lines().length, warnings, `lines in the log:\n${lines().join('\n')}`)
    assert.deepEqual(logged(this.server, 'error', since), [])
    for (const secret of ['of the component', 'BODY', ...secrets])
      assert.ok(!lines().some((line) => line.includes(secret)), `nothing secret is logged: ${lines().join('\n')}`)
    return lines()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.victim.destroy()
    await this.network[Symbol.asyncDispose]()
  }
}
