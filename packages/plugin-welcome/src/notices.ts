import type { Jid } from '@parlour/jid'
import type { ClientSession, IqRequest, ModuleHost, ModuleStore } from '@parlour/server-core'
import { message, StanzaError } from '@parlour/stanza'
import type { WelcomeConfiguration } from './configuration.ts'

const MAX_TEXT_LENGTH = 1000

/** The notice of one domain, and who has seen it. */
export class Notices {
  readonly #host: ModuleHost<WelcomeConfiguration>
  /** Of the domain: the text. */
  readonly #texts: ModuleStore
  /** Of each account: the text that it was shown last, `''` when only the welcome. Removed with the account. */
  readonly #seen: ModuleStore
  #text: string | undefined

  private constructor(host: ModuleHost<WelcomeConfiguration>) {
    this.#host = host
    this.#texts = host.store('notice')
    this.#seen = host.store('seen')
  }

  static async load(host: ModuleHost<WelcomeConfiguration>): Promise<Notices> {
    const notices = new Notices(host)
    notices.#text = (await notices.#texts.get(host.domain)) as string | undefined
    return notices
  }

  get text(): string | undefined {
    return this.#text
  }

  /** To a session that has just become available, whatever its account has not seen yet. */
  async greet({ jid }: ClientSession): Promise<void> {
    const account = jid.bare.toString()
    const seen = await this.#seen.get(account)
    const news = [seen === undefined ? this.#welcomeFor(jid) : undefined, seen === this.#text ? undefined : this.#text]
    const texts = news.filter((text) => text !== undefined)
    if (texts.length === 0) return
    // Kept first: what is shown twice annoys more than what a crash kept from being shown.
    await this.#seen.put(account, this.#text ?? '')
    for (const body of texts) await this.#host.send(message({ from: this.#host.domain, to: account, body }))
  }

  /** Answers a request to change the notice, and shows it to everybody who is online. */
  async change({ from, payload }: IqRequest, administrators: readonly Jid[]): Promise<undefined> {
    if (!administrators.some((administrator) => administrator.equals(from.bare))) throw new StanzaError('forbidden')
    const text = payload.text().trim()
    if (text.length > MAX_TEXT_LENGTH)
      throw new StanzaError('policy-violation', `a notice has up to ${MAX_TEXT_LENGTH} characters`)
    await this.#texts.put(this.#host.domain, text === '' ? undefined : text)
    this.#text = text || undefined
    this.#host.log.info({ by: from.bare.toString() }, 'the notice was changed')
    for (const session of this.#host.allSessions()) if (session.available) await this.greet(session)
  }

  #welcomeFor({ local, domain }: Jid): string {
    return this.#host.config.text.replaceAll('{name}', local).replaceAll('{domain}', domain)
  }
}
