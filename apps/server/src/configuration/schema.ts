import { isJid } from '@parlour/jid'
import { MECHANISM_NAMES } from '@parlour/sasl'
import * as v from 'valibot'

const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))
const count = v.pipe(v.number(), v.integer(), v.minValue(1))
const domain = v.pipe(
  v.string(),
  v.check((text) => isJid(text) && !/[@/]/.test(text), 'is no domain name; example: "example.org"'),
)
/** A port to listen on, or `false` not to listen. 0 takes a free one. */
const listening = (defaultPort: number) => v.optional(v.union([port, v.literal(false)]), defaultPort)

const certificate = v.strictObject({
  certificate: v.pipe(v.string(), v.description('path of a PEM file: the certificate, then its intermediates')),
  key: v.pipe(v.string(), v.description('path of a PEM file: the private key')),
  domains: v.optional(v.array(domain)),
})

const listen = v.strictObject({
  address: v.pipe(v.optional(v.string()), v.description('address to listen at; all, IPv6 and IPv4, without it')),
  starttls: v.pipe(
    listening(5222),
    v.description('port for clients that start TLS on a plain connection (RFC 6120 §5)'),
  ),
  directTls: v.pipe(listening(5223), v.description('port for clients that begin with TLS (XEP-0368)')),
})

const authentication = v.strictObject({
  mechanisms: v.pipe(
    v.optional(
      v.array(v.picklist(MECHANISM_NAMES)),
      MECHANISM_NAMES.filter((name) => name !== 'EXTERNAL' && name !== 'ANONYMOUS'),
    ),
    v.description('SASL mechanisms to offer'),
  ),
  iterations: v.pipe(
    v.optional(v.pipe(count, v.minValue(4096)), 10_000),
    v.description('PBKDF2 rounds for new passwords (RFC 7677 §4: at least 4096)'),
  ),
})

const sessions = v.strictObject({
  maxPerAccount: v.pipe(v.optional(count, 20), v.description('sessions of one account at a time')),
  resourceConflict: v.pipe(
    v.optional(v.picklist(['replace', 'rename', 'refuse']), 'replace'),
    v.description(
      'who keeps a resource that is taken twice: the newer session, both under different names, or the older one',
    ),
  ),
})

const limits = v.strictObject({
  maxStanzaBytes: v.pipe(
    v.optional(v.pipe(count, v.minValue(10_000)), 262_144),
    v.description('bytes of one stanza (RFC 6120 §13.12: at least 10000)'),
  ),
  maxConnections: v.pipe(v.optional(count, 100_000), v.description('connections of each port')),
  maxConnectionsPerAddress: v.pipe(
    v.optional(count, 100),
    v.description('connections from one IPv4 address or IPv6 /64 to each port'),
  ),
  negotiationSeconds: v.pipe(v.optional(count, 30), v.description('time from connecting to being signed in')),
  bytesPerSecond: v.pipe(v.optional(count, 1_048_576), v.description('what one client may send for long')),
  maxUnsentBytes: v.pipe(
    v.optional(count, 4_194_304),
    v.description('what may wait for a client that does not read; beyond it the client is disconnected'),
  ),
})

const monitoring = v.strictObject({
  address: v.optional(v.string(), '127.0.0.1'),
  port: v.pipe(listening(5280), v.description('HTTP port with /metrics (Prometheus) and /health; local by default')),
})

const log = v.strictObject({
  level: v.optional(v.picklist(['debug', 'info', 'warn', 'error', 'silent']), 'info'),
  format: v.pipe(v.optional(v.picklist(['text', 'json'])), v.description('`text` on a terminal, `json` elsewhere')),
})

/** Everything that can be configured. Unknown keys are errors. */
export const ConfigurationSchema = v.strictObject({
  domains: v.pipe(
    v.optional(v.pipe(v.array(domain), v.nonEmpty()), ['localhost']),
    v.description('the domains that are served'),
  ),
  dataFolder: v.pipe(
    v.optional(v.string(), './parlour-data'),
    v.description('where the database and the development certificate are'),
  ),
  storage: v.pipe(
    v.optional(v.picklist(['sqlite', 'memory']), 'sqlite'),
    v.description('`memory` forgets everything at the end: for tests'),
  ),
  listen: v.optional(listen, {}),
  certificates: v.pipe(
    v.optional(v.union([v.literal('development'), v.pipe(v.array(certificate), v.nonEmpty())]), 'development'),
    v.description('`development`: made on first start, signed by a certificate authority in the data folder'),
  ),
  encryptionRequired: v.pipe(v.optional(v.boolean(), true), v.description('whether signing in needs TLS')),
  authentication: v.optional(authentication, {}),
  sessions: v.optional(sessions, {}),
  limits: v.optional(limits, {}),
  monitoring: v.optional(monitoring, {}),
  administration: v.pipe(
    v.optional(v.boolean()),
    v.description(
      'whether commands such as `parlour user add` reach the running server; not with `storage: memory` unless set',
    ),
  ),
  log: v.optional(log, {}),
  modules: v.pipe(
    v.optional(v.record(v.string(), v.unknown()), {}),
    v.description('settings of modules, by the name of each'),
  ),
  plugins: v.pipe(
    v.optional(v.array(v.string()), []),
    v.description('npm packages or paths of server plug-ins to load'),
  ),
})

/** What an operator writes. */
export type ConfigurationInput = v.InferInput<typeof ConfigurationSchema>
/** What the server runs by: every default filled in. */
export type Configuration = v.InferOutput<typeof ConfigurationSchema>
