import { X509Certificate } from 'node:crypto'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { TLS_SETTINGS } from './tls-settings.ts'

/** Whose signatures count. */
export interface TrustOptions {
  /** PEM certificates of authorities to trust beside the platform's; each text may hold several. */
  readonly ca?: string | readonly string[]
  /** False: the platform's authorities are not trusted, only those in `ca`. Default true. */
  readonly platformAuthorities?: boolean
}

/** A set of trust anchors, and what has been verified against it. */
export class Authorities {
  /** Whether the platform's are among them. */
  readonly platform: boolean
  readonly #extra: readonly string[]
  #context: SecureContext | undefined
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

  /** A client's context that presents nothing. */
  get context(): SecureContext {
    this.#context ??= createSecureContext({ ...TLS_SETTINGS, ...this.settings })
    return this.#context
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
