import { X509Certificate } from 'node:crypto'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { type PathCertificate, readPathCertificate } from './path-certificate.ts'
import { TLS_SETTINGS } from './tls-settings.ts'

/** Whose signatures count. */
export interface TrustOptions {
  /** PEM certificates of authorities to trust beside the platform's; each text may hold several. */
  readonly ca?: string | readonly string[]
  /** False: the platform's authorities are not trusted, only those in `ca`. Default true. */
  readonly platformAuthorities?: boolean
}

const PEM = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g

/** A set of trust anchors, and what has been verified against it. */
export class Authorities {
  /** Whether the platform's are among them. */
  readonly platform: boolean
  readonly #extra: readonly string[]
  #context: SecureContext | undefined
  #anchors: Map<string, X509Certificate[]> | undefined
  /** Hashes of chains that were accepted, and until when that holds, in ms. */
  readonly accepted = new Map<string, number>()

  /** @throws what the platform throws at PEM that is none */
  constructor(extra: readonly string[], platform: boolean) {
    for (const pem of extra) new X509Certificate(pem)
    this.#extra = extra
    this.platform = platform
  }

  /** Nothing but the platform's: all contexts made without more share those in memory. */
  get isDefault(): boolean {
    return this.platform && this.#extra.length === 0
  }

  /** Settings for a context in which these authorities are the ones that count. */
  get settings(): { ca?: string[] } {
    if (this.isDefault) return {}
    return { ca: [...(this.platform ? getCACertificates('default') : []), ...this.#extra] }
  }

  /** Those with this subject, as Node writes it. The first call reads all of them. */
  anchorsNamed(subject: string): readonly PathCertificate[] {
    this.#anchors ??= Map.groupBy(this.#read(), (certificate) => certificate.subject)
    return (this.#anchors.get(subject) ?? []).map(({ raw }) => readPathCertificate(raw))
  }

  #read(): X509Certificate[] {
    const platform = this.platform ? getCACertificates('default') : []
    return [...platform, ...this.#extra].flatMap((text) => text.match(PEM)?.flatMap(tryRead) ?? [])
  }

  /** A client's context that presents nothing. */
  get context(): SecureContext {
    this.#context ??= createSecureContext({ ...TLS_SETTINGS, ...this.settings })
    return this.#context
  }
}

/** What cannot be read cannot be trusted: one odd certificate among the platform's is no reason to stop. */
function tryRead(pem: string): X509Certificate[] {
  try {
    return [new X509Certificate(pem)]
  } catch {
    return []
  }
}

const known = new Map<string, Authorities>()
const MAX_KNOWN = 16

/** The same set for the same options, for its context is large and its knowledge worth keeping. */
export function authoritiesOf({ ca, platformAuthorities = true }: TrustOptions): Authorities {
  const extra = ca === undefined ? [] : typeof ca === 'string' ? [ca] : [...ca]
  const key = `${platformAuthorities}\n${extra.join('\n')}`
  const found = known.get(key)
  if (found) return found
  const made = new Authorities(extra, platformAuthorities)
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(key, made)
  return made
}
