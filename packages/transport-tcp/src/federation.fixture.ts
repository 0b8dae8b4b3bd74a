import {
  type AuthorityOptions,
  createTestAuthority,
  type IssueOptions,
  type TestCertificate,
} from '@parlour/testing/certificates'
import type { Connection } from '@parlour/transport'
import { onTestFinished } from 'vitest'
import { authoritiesOf } from './authorities.ts'
import { CertificateStore, type ConnectOptions, connectTcp, type ListenOptions, listenTcp } from './index.ts'
import { chainFault } from './path-building.ts'
import { PURPOSE } from './path-validation.ts'

const DAY = 86_400_000
export const ago = (days: number) => new Date(Date.now() - days * DAY)

export const FOR_A: IssueOptions = { domains: ['a.example'] }

export const authority = await createTestAuthority({ commonName: 'The authority' })
export const receiving = await authority.issue({ domains: ['receiving.example'] })

/** A certificate of an authority below the one that is trusted. */
export async function below(options: AuthorityOptions, issue: Partial<IssueOptions> = {}): Promise<TestCertificate> {
  return (await authority.intermediate({ commonName: 'Below', ...options })).issue({ ...FOR_A, ...issue })
}

export const store = ({ certificate, key }: TestCertificate) => new CertificateStore([{ certificate, key }])

/** A server that accepts connections, and the first of them. */
export async function listen(options: Partial<ListenOptions> = {}, certificate = receiving) {
  const { promise: accepted, resolve: onConnection } = Promise.withResolvers<Connection>()
  const listener = await listenTcp({
    host: '127.0.0.1',
    port: 0,
    tls: 'direct',
    certificates: store(certificate),
    requestCertificate: true,
    ca: authority.pem,
    onConnection,
    ...options,
  })
  onTestFinished(() => listener.close())
  return { port: listener.address.port, accepted }
}

interface Ends {
  readonly connecting: Connection
  readonly accepting: Connection
}

/** Two servers connected: what the connecting one presents, and how either trusts. */
export async function federate(
  presented: TestCertificate | undefined,
  options: { listen?: Partial<ListenOptions>; connect?: Partial<ConnectOptions>; accepting?: TestCertificate } = {},
): Promise<Ends> {
  const { port, accepted } = await listen({ alpn: ['xmpp-server'], ...options.listen }, options.accepting)
  const connecting = await connectTcp({
    host: '127.0.0.1',
    port,
    servername: 'receiving.example',
    tls: 'direct',
    alpn: ['xmpp-server'],
    verifyLater: true,
    ca: authority.pem,
    ...(presented ? { certificates: store(presented) } : {}),
    ...options.connect,
  })
  onTestFinished(() => connecting.destroy())
  const accepting = await accepted
  onTestFinished(() => accepting.destroy())
  return { connecting, accepting }
}

/** What is wrong with the chain of a server, by our rules alone. */
export const faultOf = (chain: readonly Uint8Array[], ca: string) =>
  chainFault(chain, authoritiesOf({ ca }), [PURPOSE.serverAuth], Date.now())

/** What the accepting server says of what the connecting one presents. */
export async function verdictOn(presented: TestCertificate | undefined, listen: Partial<ListenOptions> = {}) {
  const { accepting } = await federate(presented, { listen })
  return accepting.security?.verifyPeerChain()
}

/** What the connecting server, which presents a certificate of its own or none, says of what the accepting one presents. */
export async function verdictOnAccepting(accepting: TestCertificate, own?: TestCertificate) {
  const { connecting } = await federate(own, { accepting })
  return connecting.security?.verifyPeerChain()
}
