import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Element } from '@parlour/xml'
import { until } from '../../support/waiting.ts'
import type {
  CarbonEvent,
  InteropClient,
  MessageErrorEvent,
  MessageEvent,
  PresenceEvent,
  RosterItem,
  SignedIn,
  SignIn,
} from '../client.ts'
import { configureProfanity, writtenBy } from './profanity-files.ts'
import {
  BLOCKING,
  CARBONS,
  itemsOf,
  ROSTER,
  readCarbon,
  readMessage,
  readMessageError,
  readPresence,
} from './read-stanzas.ts'
import { StanzaLog } from './stanza-log.ts'
import { Terminal } from './tmux.ts'

const DISCO = 'http://jabber.org/protocol/disco'
/** Profanity's own words for what it is told to do about a subscription. */
const SUBSCRIPTIONS: Readonly<Record<string, string>> = {
  subscribe: 'request',
  subscribed: 'allow',
  unsubscribed: 'deny',
}

/** profanity, typed to in a terminal and read by its log, which has every stanza. */
export class ProfanityClient implements InteropClient {
  readonly product = 'profanity'
  readonly registers = true
  jid = ''
  readonly #folder = mkdtempSync(join(tmpdir(), 'parlour-profanity-'))
  readonly #log = new StanzaLog(join(this.#folder, 'log'), /DBG: (SENT|RECV): (<.*)$/)
  readonly #known = new Set<string>()
  #terminal: Terminal | undefined
  #marks = 0

  async signIn(how: SignIn): Promise<SignedIn> {
    const { jid, register } = how
    if (register) await new ProfanityClient().#register(how, register)
    this.jid = jid
    await this.#launch(how)
    this.#type(`/connect ${jid.split('/')[0]}`)
    const [, failure, mechanism] = await this.#log.line(
      /(?:(Login failed|SASL \S+ auth failed|Connection handler: Lost|could not connect)|SASL (\S+) auth successful)/i,
    )
    if (failure || !mechanism) throw new Error(`profanity: ${failure}`)
    await this.#log.line(/logged in successfully/)
    return { jid, mechanism }
  }

  async close(): Promise<void> {
    if (this.#terminal?.running) {
      this.#type('/quit')
      await this.#terminal.end(8000)
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  transcript(): string {
    const stanzas = this.#log.text().split('\n')
    return [...stanzas.filter((line) => !/stderr/.test(line)).slice(-120), this.#terminal?.screen() ?? ''].join('\n')
  }

  async message(fits: (message: MessageEvent) => boolean): Promise<MessageEvent> {
    return readMessage(
      await this.#log.next('profanity: a message', (stanza, sent) => {
        return !sent && stanza.name === 'message' && stanza.childText('body') !== undefined && fits(readMessage(stanza))
      }),
    )
  }

  async send(to: string, body: string): Promise<void> {
    this.#type(`/msg ${to} ${body}`)
    await this.#log.next(`profanity: sends to ${to}`, (stanza, sent) => sent && stanza.childText('body') === body)
  }

  async presence({ to, type, show, status = '' }: { to?: string; type?: string; show?: string; status?: string } = {}) {
    // It sends its presence by itself when it has signed in.
    if (!to && !show && !type) return
    if (to) this.#type(`/sub ${SUBSCRIPTIONS[type ?? '']} ${to}`)
    else this.#type(`/status set ${show ?? 'online'} "${status}"`)
    await this.#log.next('profanity: sends presence', (stanza, sent) => {
      const fits = to ? stanza.attribute('type') === type : stanza.childText('show') === show
      return sent && stanza.name === 'presence' && fits
    })
  }

  async presenceFrom(fits: (presence: PresenceEvent) => boolean): Promise<PresenceEvent> {
    return readPresence(
      await this.#log.next(`profanity: presence that fits ${fits}`, (stanza, sent) => {
        return !sent && stanza.name === 'presence' && fits(readPresence(stanza))
      }),
    )
  }

  async rosterPush(fits: (item: RosterItem) => boolean): Promise<RosterItem> {
    const stanza = await this.#log.next('profanity: a roster push', (each, sent) => {
      return !sent && each.attribute('type') === 'set' && itemsOf(each).some(fits)
    })
    return itemsOf(stanza).find(fits) as RosterItem
  }

  /** What the answer and the pushes so far have made of it. */
  async roster(): Promise<readonly RosterItem[]> {
    const isAnswer = (each: Element, sent: boolean) => !sent && each.attribute('id') === 'roster'
    if (!this.#log.stanzas.some(({ stanza, sent }) => isAnswer(stanza, sent))) {
      await this.#log.next('profanity: the roster', isAnswer)
    }
    const items = new Map<string, RosterItem>()
    this.#log.update()
    for (const { stanza, sent } of this.#log.stanzas) {
      for (const item of sent ? [] : itemsOf(stanza)) items.set(item.jid, item)
    }
    return [...items.values()].filter(({ subscription }) => subscription !== 'remove')
  }

  async setRosterItem(jid: string, name: string, groups: readonly string[]): Promise<void> {
    const known = this.#known.has(jid)
    this.#known.add(jid)
    await this.#request(`/roster ${known ? 'nick' : 'add'} ${jid} "${name}"`, 'query', ROSTER)
    await this.#rosterHas((item) => item.jid === jid && item.name === name)
    for (const group of groups) {
      await this.#request(`/roster group add ${group} "${name}"`, 'query', ROSTER)
      await this.#rosterHas((item) => item.jid === jid && (item.groups?.includes(group) ?? false))
    }
  }

  async #rosterHas(fits: (item: RosterItem) => boolean): Promise<void> {
    await until(async () => (await this.roster()).some(fits), 15_000, 'profanity: its roster has the item')
  }

  async removeRosterItem(jid: string): Promise<void> {
    await this.#request(`/roster remove ${jid}`, 'query', ROSTER)
    await this.rosterPush((item) => item.jid === jid && item.subscription === 'remove')
  }

  async disco(to: string) {
    const info = (await this.#request(`/disco info ${to}`, 'query', `${DISCO}#info`)).child()
    const children = info?.elements() ?? []
    return {
      features: children.flatMap((child) => child.attribute('var') ?? []),
      identities: children
        .filter(({ name }) => name === 'identity')
        .map((child) => [child.attribute('category') ?? '', child.attribute('type') ?? '']),
    }
  }

  async discoItems(to: string): Promise<readonly string[]> {
    const items = (await this.#request(`/disco items ${to}`, 'query', `${DISCO}#items`)).child()
    return items?.elements().flatMap((child) => child.attribute('jid') ?? []) ?? []
  }

  async ping(to: string): Promise<void> {
    // It asks resources whose features it knows, and its own server when it is told no address.
    if (to.includes('@')) {
      await this.#log.next(`profanity: knows the features of ${to}`, (stanza, sent) => {
        return !sent && stanza.attribute('from') === to && stanza.child('query', `${DISCO}#info`) !== undefined
      })
    }
    await this.#request(to.includes('@') ? `/ping ${to}` : '/ping', 'ping', 'urn:xmpp:ping')
  }

  async lastActivity(of: string): Promise<{ seconds: number }> {
    const answer = await this.#request(`/lastactivity get ${of}`, 'query', 'jabber:iq:last')
    return { seconds: Number(answer.child()?.attribute('seconds')) }
  }

  async changePassword(_username: string, password: string): Promise<void> {
    this.#type('/changepassword')
    this.#type(password)
    await this.#request(password, 'query', 'jabber:iq:register')
  }

  async messageError(fits: (error: MessageErrorEvent) => boolean): Promise<MessageErrorEvent> {
    const stanza = await this.#log.next('profanity: a message that came back', (each, sent) => {
      const error = sent ? undefined : readMessageError(each)
      return error !== undefined && fits(error)
    })
    return readMessageError(stanza) as MessageErrorEvent
  }

  async block(jid: string): Promise<void> {
    // Before it knows that the server can, it asks for nothing.
    await this.#log.line(/RECV: <iq [^>]*from="[^"@]+"[^>]*><query [^>]*disco#info".*urn:xmpp:blocking/)
    await this.#request(`/blocked add ${jid}`, 'block', BLOCKING)
  }

  async unblock(jid: string): Promise<void> {
    await this.#request(`/blocked remove ${jid}`, 'unblock', BLOCKING)
  }

  /** What it shows, between two commands that it does not know. */
  async blocked(): Promise<readonly string[]> {
    const [before, behind] = [`/before${++this.#marks}`, `/behind${this.#marks}`]
    for (const command of ['/win 1', before, '/blocked', behind]) this.#type(command)
    const shown = new RegExp(`${before}\\b([^]*)${behind}\\b`)
    const [, list = ''] = await until(
      () => this.#terminal?.screen().match(shown) ?? undefined,
      15_000,
      'profanity: whom it has blocked',
    )
    return [...list.matchAll(/-\s+(\S+@\S+)/g)].map(([, jid = '']) => jid)
  }

  async enableCarbons(): Promise<void> {
    await this.#request('/carbons on', 'enable', CARBONS)
  }

  /** It has kept the copy with its conversation. */
  async carbon(fits: (carbon: CarbonEvent) => boolean): Promise<CarbonEvent> {
    const stanza = await this.#log.next('profanity: a copy', (each, sent) => {
      const carbon = sent ? undefined : readCarbon(each)
      return carbon !== undefined && fits(carbon)
    })
    const carbon = readCarbon(stanza) as CarbonEvent
    await until(() => writtenBy(this.#folder).includes(carbon.body), 15_000, 'profanity: keeps the copy')
    return carbon
  }

  /** Types a command that sends a request, and gives back its answer. Throws the condition of an error. */
  async #request(command: string, name: string, namespace: string): Promise<Element> {
    const from = this.#log.update()
    this.#type(command)
    const request = await this.#log.next(
      `profanity: sends ${name} of ${namespace}`,
      (stanza, sent) =>
        sent && stanza.child(name, namespace) !== undefined && /^(get|set)$/.test(stanza.attribute('type') ?? ''),
      from,
    )
    const id = request.attribute('id')
    const answer = await this.#log.next(
      `profanity: answer to ${name} of ${namespace}`,
      (stanza, sent) =>
        !sent && stanza.attribute('id') === id && /^(result|error)$/.test(stanza.attribute('type') ?? ''),
      from,
    )
    const condition = answer
      .elements()
      .find(({ name: each }) => each === 'error')
      ?.elements()[0]?.name
    if (condition) throw new Error(`profanity ${command}: ${condition}`)
    return answer
  }

  /** Makes the account. Afterwards it takes itself for signed in, which it is not, so that it has to be started again. */
  async #register(how: SignIn, password: string): Promise<void> {
    await this.#launch(how)
    const [username = '', domain = ''] = how.jid.split(/[@/]/)
    this.#type(`/register ${username} ${domain} port ${how.port} tls ${policyOf(how)}`)
    this.#type(password)
    this.#type(password)
    const told = /Registration successful|Registration error.*|Already registered|not support in-band.*|Login failed.*/
    const [line] = await until(
      () => `${this.#log.text()}${this.#terminal?.screen()}`.match(told) ?? undefined,
      15_000,
      'profanity: how the registration went',
    )
    await this.close()
    if (!line.endsWith('successful')) throw new Error(`profanity: ${line}`)
  }

  async #launch(how: SignIn): Promise<void> {
    const [address = '', resource = ''] = how.jid.split('/')
    const { password, host, port, ca } = how
    configureProfanity(this.#folder, ca, {
      jid: address,
      password,
      resource,
      server: host,
      port,
      'tls.policy': policyOf(how),
    })
    const folders = {
      HOME: this.#folder,
      XDG_CONFIG_HOME: `${this.#folder}/config`,
      XDG_DATA_HOME: `${this.#folder}/data`,
    }
    this.#terminal = new Terminal(`${this.#folder}/tmux`, `exec profanity -l DEBUG -f ${this.#folder}/log`, folders)
    await this.#log.line(/Starting main event loop/)
  }

  #type(text: string): void {
    this.#terminal?.type(text)
  }
}

/** Profanity's word for the kind of TLS. */
const policyOf = ({ tls }: SignIn) => (tls === 'direct' ? 'legacy' : 'force')
