import { MECHANISM_NAMES, TOKEN_MECHANISM_NAMES } from '@parlour/sasl'
import * as v from 'valibot'
import { federation } from './federation.ts'
import { count, domain, filled, listening, port, section, setting } from './setting.ts'

const certificate = section({
  certificate: setting(filled, 'path of a PEM file: the certificate, then its intermediates', '/etc/parlour/chain.pem'),
  key: setting(filled, 'path of a PEM file: the private key', '/etc/parlour/key.pem'),
  domains: setting(
    v.optional(v.array(domain)),
    'the domains it is presented for; those in the certificate without it',
    ['example.org'],
  ),
})

const listen = section({
  address: setting(v.optional(filled), 'address to listen at; all, IPv6 and IPv4, without it', '127.0.0.1'),
  starttls: setting(
    listening(5222),
    'port for clients that start TLS on a plain connection (RFC 6120 §5); 0 takes a free one, `false` none',
    15222,
  ),
  directTls: setting(
    listening(5223),
    'port for clients that begin with TLS (XEP-0368); 0 takes a free one, `false` none',
    15223,
  ),
  server: setting(
    listening(5269),
    'port for other servers that start TLS on a plain connection, if there is `federation`; 0 takes a free one, `false` none',
    15269,
  ),
  serverDirectTls: setting(
    listening(5270),
    'port for other servers that begin with TLS (XEP-0368), if there is `federation`; 0 takes a free one, `false` none',
    15270,
  ),
  components: setting(
    v.optional(v.union([port, v.literal(false)])),
    'port for external components (XEP-0114); 0 takes a free one, `false` none; without it 5347 if there are `components`',
    15347,
  ),
  componentsAddress: setting(
    v.optional(filled, '127.0.0.1'),
    'address of that port; local by default, for without TLS everything on it can be read on the way',
  ),
  componentsTls: setting(v.optional(v.boolean(), false), 'whether components begin with TLS', true),
})

const component = section({
  domain: setting(domain, 'the domain that it serves; none of `domains`', 'irc.example.org'),
  secret: setting(v.optional(filled), 'what it proves itself with; this or `secretFile`', 'a long random text'),
  secretFile: setting(
    v.optional(filled),
    'path of a file that holds the secret and nothing else; from the current folder',
    '/etc/parlour/irc.secret',
  ),
  conflict: setting(
    v.optional(v.picklist(['refuse', 'replace']), 'refuse'),
    'what happens when a second connection comes: `refuse` ends it, `replace` ends the older one',
    'replace',
  ),
  name: setting(v.optional(filled), 'what it is called where it is listed', 'IRC'),
  listedBy: setting(
    v.optional(v.union([domain, v.literal(false)])),
    'the domain that lists it in service discovery while it is connected; `false`: none; without it, its parent domain',
    'example.org',
  ),
})

const authentication = section({
  mechanisms: setting(
    v.optional(
      v.pipe(v.array(v.picklist(MECHANISM_NAMES)), v.nonEmpty()),
      MECHANISM_NAMES.filter((name) => name !== 'EXTERNAL' && name !== 'ANONYMOUS'),
    ),
    'SASL mechanisms to offer; those with -PLUS where the channel can be bound, PLAIN under TLS only',
    ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'],
  ),
  iterations: setting(
    v.optional(v.pipe(count, v.minValue(4096), v.maxValue(10_000_000)), 10_000),
    'PBKDF2 rounds for new passwords (RFC 7677 §4: at least 4096)',
  ),
  tokenMechanisms: setting(
    v.optional(v.array(v.picklist(TOKEN_MECHANISM_NAMES)), [...TOKEN_MECHANISM_NAMES]),
    'mechanisms that devices may have tokens for, so as to sign in faster and without a password (XEP-0484); none: no tokens',
    ['HT-SHA-256-EXPR', 'HT-SHA-256-NONE'],
  ),
  tokenDays: setting(v.optional(count, 21), 'days for which a token is good; one that is used is renewed long before'),
  tokenRotationHours: setting(v.optional(count, 24), 'hours after which a token that is used is replaced'),
  passwordRevokesTokens: setting(
    v.optional(v.boolean(), true),
    'whether a new password voids the tokens of all devices',
    false,
  ),
  maxDevices: setting(
    v.optional(count, 50),
    'devices that are remembered of one account; one more takes the place of the one that was away longest',
  ),
  deviceDays: setting(v.optional(count, 90), 'days after its last sign-in that a device is forgotten'),
  failuresPerAddress: setting(
    v.optional(count, 10),
    'failed sign-ins from one address (IPv6: /64) within ten minutes, after which each further one has to wait, longer each time',
  ),
  failuresPerAccount: setting(
    v.optional(count, 50),
    'failed sign-ins to one account within ten minutes, after which addresses that never signed in to it have to wait',
  ),
})

const sessions = section({
  maxPerAccount: setting(v.optional(count, 20), 'sessions of one account at a time'),
  resourceConflict: setting(
    v.optional(v.picklist(['replace', 'rename', 'refuse']), 'replace'),
    'what happens when a resource is taken twice (RFC 6120 §7.7.2.2): `replace` ends the older session, `rename` gives the newer one another name, `refuse` refuses it',
    'rename',
  ),
  resumptionSeconds: setting(
    v.optional(v.pipe(count, v.maxValue(604_800)), 600),
    'how long a session whose connection is lost, or whose server is started again, waits to be resumed (XEP-0198); then what its client had not got goes to others or is kept',
  ),
  maxUnacknowledgedStanzas: setting(
    v.optional(count, 5000),
    'stanzas that a client with XEP-0198 may leave unacknowledged; at the bound its session ends, and nothing is lost',
  ),
  maxUnacknowledgedLength: setting(v.optional(count, 4_194_304), 'the same in UTF-16 code units of XML'),
  idleSeconds: setting(
    v.optional(v.union([count, v.literal(false)]), 300),
    'how long a client may be silent before it is asked whether it is there (XEP-0198, XEP-0199); `false`: it never is',
    600,
  ),
  answerSeconds: setting(
    v.optional(count, 60),
    'how long it may take to answer that, or a request to acknowledge (XEP-0198); then its connection is dropped, for its other end has vanished',
  ),
})

const limits = section({
  maxStanzaBytes: setting(
    v.optional(v.pipe(count, v.minValue(10_000)), 262_144),
    'bytes of one stanza (RFC 6120 §13.12: at least 10000)',
  ),
  maxConnections: setting(v.optional(count, 100_000), 'connections of each port'),
  maxConnectionsPerAddress: setting(
    v.optional(count, 100),
    'connections from one IPv4 address or IPv6 /64 to each port',
    1000,
  ),
  negotiationSeconds: setting(
    v.optional(count, 30),
    'time from connecting to being signed in, and of it at most for a TLS handshake; other servers have twice that to prove who they are',
  ),
  bytesPerSecond: setting(
    v.optional(count, 1_048_576),
    'what one client may send for long; faster ones are read later',
  ),
  maxUnsentBytes: setting(
    v.optional(count, 4_194_304),
    'what may wait for a client that does not read; beyond it the client is disconnected',
  ),
})

const monitoring = section({
  address: setting(
    v.optional(filled, '127.0.0.1'),
    'address of the monitoring port; local by default, for it asks no password',
  ),
  port: setting(
    v.optional(v.union([port, v.literal(false)]), 5280),
    'HTTP port with `/metrics` (Prometheus) and `/health`; 0 takes a free one, `false` none',
    15280,
  ),
})

const log = section({
  level: setting(
    v.optional(v.picklist(['debug', 'info', 'warn', 'error', 'silent']), 'info'),
    'the least that is logged',
  ),
  format: setting(
    v.optional(v.picklist(['text', 'json'])),
    '`text` for people, `json` for programs; without it `text` on a terminal and `json` elsewhere',
    'json',
  ),
})

/** Everything that can be configured. Unknown keys are errors. */
export const ConfigurationSchema = section({
  domains: setting(v.optional(v.pipe(v.array(domain), v.nonEmpty()), ['localhost']), 'the domains that are served', [
    'example.org',
  ]),
  dataFolder: setting(
    v.optional(filled, './parlour-data'),
    'where the database and the development certificate are; from the current folder',
    '/var/lib/parlour',
  ),
  storage: setting(
    v.optional(v.picklist(['sqlite', 'memory']), 'sqlite'),
    '`memory` forgets everything at the end: for tests',
    'memory',
  ),
  listen: v.optional(listen, {}),
  certificates: setting(
    v.optional(v.union([v.literal('development'), v.pipe(v.array(certificate), v.nonEmpty())]), 'development'),
    'files of certificates, read again when they change; `development`: made on first start, signed by an authority in the data folder',
    [{ certificate: '/etc/parlour/chain.pem', key: '/etc/parlour/key.pem' }],
  ),
  encryptionRequired: setting(v.optional(v.boolean(), true), 'whether signing in needs TLS'),
  authentication: v.optional(authentication, {}),
  sessions: v.optional(sessions, {}),
  limits: v.optional(limits, {}),
  monitoring: v.optional(monitoring, {}),
  administration: setting(
    v.optional(v.boolean()),
    'whether commands such as `parlour user add` reach the running server through a socket in the data folder; without it: yes, but not with `storage: memory`',
    true,
  ),
  log: v.optional(log, {}),
  federation: v.optional(federation, {}),
  components: setting(
    v.optional(v.array(component), []),
    'external components (XEP-0114), such as gateways: programs that serve a domain of their own',
    [{ domain: 'irc.example.org', secretFile: '/etc/parlour/irc.secret' }],
  ),
  plugins: setting(
    v.optional(v.array(filled), []),
    'server plug-ins to load: npm packages, or paths from the folder of the configuration file',
    ['@parlour/plugin-welcome', './my-plugin.ts'],
  ),
  modules: setting(
    v.optional(v.record(v.string(), v.record(v.string(), v.unknown())), {}),
    'settings of modules and plug-ins, by the name of each',
    { welcome: { text: 'Hello!' } },
  ),
})

/** What an operator writes. */
export type ConfigurationInput = v.InferInput<typeof ConfigurationSchema>

/** What the server runs by: every default filled in, and frozen. */
export type Configuration = v.InferOutput<typeof ConfigurationSchema>

/**
 * Checks the types of a `parlour.config.ts` and returns it.
 *
 * @example
 * ```ts
 * import { defineConfiguration } from '@parlour/server'
 * export default defineConfiguration({ domains: ['example.org'], listen: { starttls: 5222 } })
 * ```
 */
export const defineConfiguration = (configuration: ConfigurationInput): ConfigurationInput => configuration
