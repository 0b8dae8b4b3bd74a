import { X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { Authorities } from './authorities.ts'
import { RESUMABLE_SETTINGS, TICKET_LIFETIME, TLS_SETTINGS } from './tls-settings.ts'

/** A certificate to present, and its key. */
export interface Certificate {
  /** The certificate and the intermediate ones after it, in PEM. */
  readonly certificate: string
  /** The private key, in PEM. */
  readonly key: string
  readonly passphrase?: string
  /** The domains it is presented for, in ASCII form, `*.` allowed in front; the DNS names in the certificate if not given. */
  readonly domains?: readonly string[]
}

/** A certificate or key that cannot be used. The message says which one and why; `cause` is the platform's error. */
export class CertificateError extends Error {
  /**
   * - `unreadable`: the certificate is not PEM of X.509;
   * - `unusable`: the key is not PEM, needs another passphrase, or belongs to another certificate;
   * - `none`: there is no certificate at all.
   */
  readonly code: 'unreadable' | 'unusable' | 'none'

  constructor(code: CertificateError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CertificateError'
    this.code = code
  }
}

/** How a store's certificates are used. */
export interface CertificateStoreOptions {
  /**
   * Key exchange groups in the order of preference, in the notation of OpenSSL. If not given, OpenSSL's: the hybrid
   * X25519MLKEM768 first, against recordings made today. It costs 8 KiB a connection of those clients that offer it;
   * `X25519:P-256:P-384` does without.
   */
  readonly groups?: string
}

interface Entry {
  readonly domains: readonly string[]
  readonly settings: SecureContextOptions
  /** The context that trusts the platform's authorities, for handshakes. */
  readonly context: SecureContext
  /** Those that trust others, made when they are asked for. */
  readonly trusting: WeakMap<Authorities, SecureContext>
  /** The one with session tickets, and since when: each has a key of its own for them. */
  resumable: { readonly context: SecureContext; readonly since: number } | undefined
}

/**
 * The certificates of a server, chosen by name. Replacing them takes effect for all handshakes that begin later.
 *
 * @example
 * ```ts
 * const certificates = new CertificateStore([{ certificate: pem, key: keyPem }])
 * process.on('SIGHUP', () => certificates.replace(readThemAgain()))
 * ```
 */
export class CertificateStore {
  readonly #options: CertificateStoreOptions
  #byName = new Map<string, Entry>()
  #fallback: Entry | undefined

  /** @throws {CertificateError} as {@link replace} does; an empty list is allowed until the first handshake. */
  constructor(certificates: readonly Certificate[] = [], options: CertificateStoreOptions = {}) {
    this.#options = options
    if (certificates.length > 0) this.replace(certificates)
  }

  /**
   * Takes these certificates instead of the former. The first one is presented where no name matches.
   * @throws {CertificateError} when one of them is of no use; then all the former ones stay.
   */
  replace(certificates: readonly Certificate[]): void {
    const entries = certificates.map((certificate) => readCertificate(certificate, this.#options))
    if (!entries[0]) throw new CertificateError('none', 'no certificate is given')
    const byName = new Map<string, Entry>()
    for (const entry of entries) {
      for (const domain of entry.domains) if (!byName.has(domain)) byName.set(domain, entry)
    }
    this.#byName = byName
    this.#fallback = entries[0]
  }

  /** The domains, some with `*.` in front, that have a certificate of their own. */
  get domains(): readonly string[] {
    return [...this.#byName.keys()]
  }

  /** Whether the same certificate is presented whatever the name. */
  get isSingle(): boolean {
    for (const entry of this.#byName.values()) if (entry !== this.#fallback) return false
    return true
  }

  /**
   * What to present to who asks for this name: exact match, then wildcard of one label (RFC 9525 §6.3), then the first.
   * The context trusts the platform's authorities, or those given.
   */
  contextFor(servername: string | undefined, authorities?: Authorities): SecureContext | undefined {
    const entry = this.#entryFor(servername)
    if (!entry || !authorities || authorities.isDefault) return entry?.context
    const known = entry.trusting.get(authorities)
    if (known) return known
    const made = createSecureContext({ ...entry.settings, ...authorities.settings })
    entry.trusting.set(authorities, made)
    return made
  }

  /**
   * What to present where there is one certificate, and none is asked for: clients may resume their sessions (RFC 8446 §2.2),
   * for twelve hours at most, and until the certificate is replaced.
   */
  resumableContext(): SecureContext | undefined {
    const entry = this.#fallback
    if (!entry) return undefined
    const now = Date.now()
    const age = now - (entry.resumable?.since ?? Number.NEGATIVE_INFINITY)
    if (age >= 0 && age < TICKET_LIFETIME * 1000) return entry.resumable?.context
    const context = createSecureContext({ ...entry.settings, ...RESUMABLE_SETTINGS })
    entry.resumable = { context, since: now }
    return context
  }

  #entryFor(servername: string | undefined): Entry | undefined {
    if (!servername) return this.#fallback
    const name = servername.toLowerCase().replace(/\.$/, '')
    return this.#byName.get(name) ?? this.#byName.get(name.replace(/^[^.]+/, '*')) ?? this.#fallback
  }
}

function readCertificate(given: Certificate, { groups }: CertificateStoreOptions): Entry {
  const domains = given.domains ?? dnsNames(parse(given.certificate))
  try {
    const settings: SecureContextOptions = {
      ...TLS_SETTINGS,
      cert: given.certificate,
      key: given.key,
      ...(groups === undefined ? {} : { ecdhCurve: groups }),
      ...(given.passphrase === undefined ? {} : { passphrase: given.passphrase }),
    }
    const lowered = domains.map((domain) => domain.toLowerCase())
    return {
      domains: lowered,
      settings,
      context: createSecureContext(settings),
      trusting: new WeakMap(),
      resumable: undefined,
    }
  } catch (cause) {
    const message = `the key cannot be used with the certificate for ${domains.join(', ') || 'no domain'}: ${reason(cause)}`
    throw new CertificateError('unusable', message, { cause })
  }
}

function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw new CertificateError('unreadable', `the certificate is not PEM of X.509: ${reason(cause)}`, { cause })
  }
}

function dnsNames(certificate: X509Certificate): string[] {
  return Array.from((certificate.subjectAltName ?? '').matchAll(/(?:^|, )DNS:([^",\s]+)/g), (match) => match[1] ?? '')
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
