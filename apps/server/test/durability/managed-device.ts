import { type Element, el } from '@parlour/xml'
import { withTimeLimit } from '../support/waiting.ts'
import { type DeviceTarget, isStanza, ManagedStream } from './managed-stream.ts'

const SM = 'urn:xmpp:sm:3'
const STANZA_IDS = 'urn:xmpp:sid:0'

/** A message as it reached a device. */
export interface Arrival {
  readonly from: string
  readonly number: number
  /** By which the account's archive knows it; undefined where the server gives none. */
  readonly stanzaId: string | undefined
  /** It says by `<delay/>` that it was sent before. */
  readonly isDelayed: boolean
}

interface Sent {
  readonly text: string
  /** Undefined: not one of the numbered messages. */
  readonly number?: number
  readonly to?: string
}

/** What one device has seen of the world. */
export class DeviceRecord {
  readonly arrivals: Arrival[] = []
  /** For each receiver the numbers that the server acknowledged. */
  readonly acknowledged = new Map<string, Set<number>>()
  /** For each receiver the numbers that were answered with an error. */
  readonly refused = new Map<string, Set<number>>()
  /** Type and condition of each error that answered a message, such as `wait resource-constraint`. */
  readonly refusals = new Set<string>()
  resumptions = 0
  /** Signed in without a session to resume, or after a resumption was refused. */
  bindings = 0
  refusedResumptions = 0
}

function add(to: Map<string, Set<number>>, key: string, number: number): void {
  const numbers = to.get(key) ?? new Set()
  to.set(key, numbers.add(number))
}

/** A client with XEP-0198 that loses its connection, comes back, resumes, sends again what was not acknowledged. */
export class ManagedDevice {
  readonly record = new DeviceRecord()
  readonly address: string
  readonly #target: DeviceTarget
  readonly #password: string
  readonly #resource: string
  #stream: ManagedStream | undefined
  #session: string | undefined
  /** Stanzas received in this session. */
  #handled = 0
  /** Of {@link #unacknowledged}'s session. */
  #acknowledged = 0
  #unacknowledged: Sent[] = []
  #queries = 0
  #answers = new Map<string, (element: Element) => void>()
  /** Results of a running query of the archive. */
  #found: Element[] | undefined

  constructor(target: DeviceTarget, address: string, password: string, resource: string) {
    this.#target = target
    this.address = address
    this.#password = password
    this.#resource = resource
  }

  get online(): boolean {
    return this.#stream !== undefined && !this.#stream.isClosed
  }

  get fullAddress(): string {
    return `${this.address}/${this.#resource}`
  }

  /** Stanzas of any kind. */
  get unacknowledged(): number {
    return this.#unacknowledged.length
  }

  get unacknowledgedMessages(): number {
    const isRefused = (to: string, number: number) => this.record.refused.get(to)?.has(number) === true
    return this.#unacknowledged.filter(({ to, number }) => to && number !== undefined && !isRefused(to, number)).length
  }

  /** Sends a numbered message; while the connection is away, it waits. */
  send(to: string, number: number): void {
    const text = `<message to='${to}' type='chat' id='n${number}'><body>${number}</body></message>`
    this.#write({ text, number, to })
    if (number % 4 === 0) this.#stream?.write(`<r xmlns='${SM}'/>`)
  }

  askForAcknowledgement(): void {
    this.#stream?.write(`<r xmlns='${SM}'/>`)
  }

  /** Connects and resumes, or else binds. Rejects when the server cannot be reached. */
  async connect(): Promise<void> {
    const [username = ''] = this.address.split('@')
    const stream = await ManagedStream.signedIn(this.#target, username, this.#password)
    stream.onClose = () => {
      if (this.#stream === stream) this.#stream = undefined
    }
    try {
      if (this.#session !== undefined && (await this.#resume(stream, this.#session))) this.record.resumptions++
      else await this.#bind(stream)
    } catch (error) {
      stream.destroy()
      throw error
    }
  }

  /** The connection breaks. */
  drop(): void {
    this.#stream?.destroy()
  }

  /** Signs off in order, if it is there; the next time there is a new session, unless the server did not hear of the end. */
  async leave(): Promise<void> {
    const stream = this.#stream
    if (!stream) return
    // What comes behind the last acknowledgement is not looked at: nobody could tell the server of it.
    stream.deliverTo(() => {})
    stream.write(`<a xmlns='${SM}' h='${this.#handled}'/>`)
    await stream.end()
    if (stream.hasEnded) this.#session = undefined
  }

  /** Everything in the account's archive, oldest first. */
  async readArchive(): Promise<Arrival[]> {
    const all: Arrival[] = []
    for (let after = ''; ; ) {
      this.#found = []
      const set = `<set xmlns='http://jabber.org/protocol/rsm'><max>100</max>${after && `<after>${after}</after>`}</set>`
      const answer = await this.#query(`<query xmlns='urn:xmpp:mam:2'>${set}</query>`)
      const page = this.#found.map((result) => ({ id: result.attribute('id') as string, result }))
      all.push(...page.flatMap(({ id, result }) => archived(id, result)))
      const last = page.at(-1)
      if (last === undefined || answer.child('fin', 'urn:xmpp:mam:2')?.attribute('complete') === 'true') return all
      after = last.id
    }
  }

  async #query(payload: string): Promise<Element> {
    const id = `query${++this.#queries}`
    const answer = new Promise<Element>((resolve) => this.#answers.set(id, resolve))
    this.#write({ text: `<iq type='set' id='${id}'>${payload}</iq>` })
    const element = await withTimeLimit(answer, 60_000, `an answer to ${this.fullAddress}: ${payload}`)
    if (element.attribute('type') !== 'result') throw new Error(`refused: ${element}`)
    return element
  }

  async #resume(stream: ManagedStream, session: string): Promise<boolean> {
    stream.write(`<resume xmlns='${SM}' previd='${session}' h='${this.#handled}'/>`)
    const answer = await stream.next('resumed', 'failed')
    const h = answer.attribute('h')
    if (h !== undefined) this.#acknowledge(Number(h))
    if (answer.name === 'failed') {
      this.record.refusedResumptions++
      this.#session = undefined
      return false
    }
    for (const { text } of this.#unacknowledged) stream.write(text)
    this.#enter(stream)
    stream.write(`<r xmlns='${SM}'/>`)
    return true
  }

  async #bind(stream: ManagedStream): Promise<void> {
    this.record.bindings++
    const resource = `<resource>${this.#resource}</resource>`
    stream.write(`<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>${resource}</bind></iq>`)
    await stream.next('iq')
    // What counts, counts from here.
    const again = this.#unacknowledged.filter(({ number }) => number !== undefined)
    this.#unacknowledged = []
    this.#acknowledged = 0
    this.#handled = 0
    stream.write(`<enable xmlns='${SM}' resume='true'/>`)
    const answer = await stream.next('enabled')
    this.#session = answer.attribute('id')
    this.#enter(stream)
    this.#write({ text: '<presence/>' })
    for (const sent of again) this.#write(sent)
    stream.write(`<r xmlns='${SM}'/>`)
  }

  #enter(stream: ManagedStream): void {
    this.#stream = stream
    stream.deliverTo((element) => this.#receive(element))
  }

  #write(sent: Sent): void {
    this.#unacknowledged.push(sent)
    this.#stream?.write(sent.text)
  }

  #receive(element: Element): void {
    if (isStanza(element)) {
      this.#handled++
      this.#take(element)
    } else if (element.is('r', SM)) this.#stream?.write(`<a xmlns='${SM}' h='${this.#handled}'/>`)
    else if (element.is('a', SM)) this.#acknowledge(Number(element.attribute('h')))
  }

  #acknowledge(h: number): void {
    const count = h - this.#acknowledged
    if (count < 0 || count > this.#unacknowledged.length) throw new Error(`h=${h} of ${this.#acknowledged} and more`)
    for (const { to, number } of this.#unacknowledged.splice(0, count))
      if (to !== undefined && number !== undefined) add(this.record.acknowledged, to, number)
    this.#acknowledged = h
  }

  #take(element: Element): void {
    if (element.name === 'iq') this.#takeIq(element)
    else if (element.name === 'message') this.#takeMessage(element)
  }

  #takeMessage(element: Element): void {
    const result = element.child('result', 'urn:xmpp:mam:2')
    if (result) {
      this.#found?.push(result)
      return
    }
    const from = (element.attribute('from') ?? '').split('/')[0] as string
    if (element.attribute('type') === 'error') {
      add(this.record.refused, from, Number(element.attribute('id')?.slice(1)))
      const error = element.child('error')
      this.record.refusals.add(`${error?.attribute('type')} ${error?.elements()[0]?.name}`)
      return
    }
    const body = element.childText('body')
    if (body === undefined || !/^\d+$/.test(body)) return
    const isDelayed = element.child('delay', 'urn:xmpp:delay') !== undefined
    this.record.arrivals.push({ from, number: Number(body), stanzaId: stanzaIdBy(element, this.address), isDelayed })
  }

  #takeIq(iq: Element): void {
    const [id = '', type, to] = ['id', 'type', 'from'].map((name) => iq.attribute(name))
    if (type === 'get' || type === 'set') {
      this.#write({ text: el('iq', '', { type: 'result', id, to }).toString() })
      return
    }
    this.#answers.get(id)?.(iq)
    this.#answers.delete(id)
  }
}

function stanzaIdBy(message: Element, account: string): string | undefined {
  const ids = message.childrenNamed('stanza-id', STANZA_IDS)
  return ids.find((id) => id.attribute('by') === account)?.attribute('id')
}

function archived(stanzaId: string, result: Element): Arrival[] {
  const message = result.child('forwarded', 'urn:xmpp:forward:0')?.child('message', 'jabber:client')
  const body = message?.childText('body')
  if (message === undefined || body === undefined || !/^\d+$/.test(body)) return []
  return [
    {
      from: (message.attribute('from') ?? '').split('/')[0] as string,
      number: Number(body),
      stanzaId,
      isDelayed: true,
    },
  ]
}
