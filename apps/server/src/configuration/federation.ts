import { isJid } from '@parlour/jid'
import * as v from 'valibot'
import { count, domain, filled, port, section, setting } from './setting.ts'

/** A domain, or `*.` and a domain for all below it. */
const domains = v.pipe(
  v.string(),
  v.check(
    (text) => isJid(text.replace(/^\*\./, '')) && !/[@/]/.test(text),
    'is no domain name, nor one with *. in front',
  ),
)

const security = v.picklist(['verified', 'encrypted', 'dialback'])

const host = section({
  host: setting(filled, 'name or address of a host', 'xmpp.example.net'),
  port: setting(v.optional(port, 5269), 'its port', 5269),
  tls: setting(
    v.optional(v.picklist(['starttls', 'direct']), 'starttls'),
    '`starttls`: TLS is started on a plain connection; `direct`: TLS from the first byte (XEP-0368)',
  ),
})

/** How servers of other domains are spoken to. */
export const federation = section({
  enabled: setting(
    v.optional(v.boolean()),
    'whether servers of other domains are spoken to; without it: yes, but not with `storage: memory`, nor if only `localhost` is served',
    true,
  ),
  security: setting(
    v.optional(security, 'verified'),
    'what the identity of another server rests on, under TLS always: `verified`, its certificate; `encrypted`, its certificate if that is valid, otherwise dialback (XEP-0220); `dialback`, that alone',
    'encrypted',
  ),
  domains: setting(
    v.optional(v.record(domains, security), {}),
    'the same for single domains; `*.example.net` is every domain below',
    { 'old.example.net': 'dialback' },
  ),
  allow: setting(v.optional(v.array(domains)), 'if given, only these domains are spoken to', ['*.example.net']),
  deny: setting(v.optional(v.array(domains), []), 'domains that are never spoken to', ['spam.example']),
  hosts: setting(
    v.optional(v.record(domain, v.array(host)), {}),
    'where servers of domains are, instead of asking DNS: for closed networks',
    { 'example.net': [{ host: '192.0.2.7', port: 5269 }] },
  ),
  nameServers: setting(v.optional(v.array(filled)), 'name servers to ask; those of the machine without it', [
    '192.0.2.53',
    '[2001:db8::53]:5353',
  ]),
  authorities: setting(
    v.optional(v.array(filled), []),
    "paths of PEM files: certificate authorities to trust beside the machine's",
    ['/etc/parlour/authority.pem'],
  ),
  bidirectional: setting(
    v.optional(v.boolean(), true),
    'whether stanzas may go both ways on one connection, if the other server agrees (XEP-0288)',
    false,
  ),
  maxQueuedBytes: setting(
    v.optional(count, 4_194_304),
    'bytes of stanzas that wait for one domain; beyond, they are refused',
  ),
  maxQueuedSeconds: setting(
    v.optional(count, 60),
    'how long a stanza waits for a domain that cannot be reached, before its sender gets an error',
  ),
  silentSeconds: setting(
    v.optional(count, 60),
    'how long another server may take nothing, or acknowledge nothing, until the connection counts as dead; half of that is its time to answer a ping, where it acknowledges nothing at all',
  ),
  idleSeconds: setting(v.optional(count, 600), 'time without a stanza after which a stream is closed'),
})
