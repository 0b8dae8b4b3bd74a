/**
 * A gateway to a small foreign network: the whole numbers. `42@numbers.example.org` is a contact like any other: it can be
 * added to a roster, is online, and tells of itself what you ask. As with gateways to other networks, people register
 * with it first (XEP-0077, XEP-0100).
 *
 *     PARLOUR_NUMBERS_SECRET=… node packages/component/examples/number-gateway.ts numbers.example.org
 */
import { type Component, createComponent } from '@parlour/component'
import {
  DISCO_INFO_NAMESPACE,
  DISCO_ITEMS_NAMESPACE,
  discoInfoElement,
  discoItemsElement,
} from '@parlour/extensions/disco'
import { REGISTER_NAMESPACE, readRegistrationAction, registrationFieldsElement } from '@parlour/extensions/registration'
import type { Jid } from '@parlour/jid'
import { errorReply, type Iq, type Message, message, type Presence, presence, StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'

/** Serves until the component is closed, or its `signal` aborted. */
export async function runNumberGateway(component: Component): Promise<void> {
  const gateway = new NumberGateway(component)
  await Promise.all([gateway.answerMessages(), gateway.answerPresence()])
}

class NumberGateway {
  readonly #component: Component
  /** Who has registered, by bare JID, and the number each prefers. */
  readonly #registered = new Map<string, string>()

  constructor(component: Component) {
    this.#component = component
    component.iq.handle('get', DISCO_INFO_NAMESPACE, 'query', ({ to }) => this.#info(to))
    component.iq.handle('get', DISCO_ITEMS_NAMESPACE, 'query', ({ from, to }) => this.#items(from, to))
    component.iq.handle('get', REGISTER_NAMESPACE, 'query', ({ from }) => this.#fields(from))
    component.iq.handle('set', REGISTER_NAMESPACE, 'query', (iq) => this.#register(iq))
  }

  async answerMessages(): Promise<void> {
    for await (const received of this.#component.messages()) {
      if (received.type === 'error' || received.body === undefined) continue
      await this.#send(this.#answer(received))
    }
  }

  async answerPresence(): Promise<void> {
    for await (const received of this.#component.presences()) {
      for (const reply of this.#replies(received)) await this.#send(reply)
    }
  }

  #answer({ element, from, to, type }: Message): Element | undefined {
    if (!this.#registered.has(String(from?.bare))) return errorReply(element, new StanzaError('registration-required'))
    const number = numberOf(to)
    if (number === undefined) return errorReply(element, new StanzaError('item-not-found', 'that is no number'))
    return message({ from: to, to: from, type, body: `I am ${describe(number)}.` })
  }

  /** A number lets everybody see its presence, and is always there. */
  *#replies({ type, from, to }: Presence): Generator<Element> {
    const number = numberOf(to)
    const addresses = { from: to?.bare, to: from?.bare }
    if (type === 'subscribe')
      yield presence({ ...addresses, type: number === undefined && to?.local !== '' ? 'unsubscribed' : 'subscribed' })
    if ((type === 'subscribe' || type === 'probe') && number !== undefined)
      yield presence({ from: to?.withResource('number'), to: from?.bare, status: describe(number) })
  }

  #info(to: Jid | undefined): Element {
    const number = numberOf(to)
    if (to?.local !== '' && number === undefined) throw new StanzaError('item-not-found')
    const identity =
      number === undefined
        ? { category: 'gateway', type: 'numbers', name: 'Whole numbers' }
        : { category: 'client', type: 'bot', name: String(number) }
    const features = [
      DISCO_INFO_NAMESPACE,
      ...(number === undefined ? [DISCO_ITEMS_NAMESPACE, REGISTER_NAMESPACE] : []),
    ]
    return discoInfoElement({ identities: [identity], features, extensions: [] })
  }

  /** The number that somebody has registered with. */
  #items(from: Jid | undefined, to: Jid | undefined): Element {
    const number = to?.local === '' ? this.#registered.get(String(from?.bare)) : undefined
    const jid = `${number}@${this.#component.jid}`
    return discoItemsElement(number === undefined ? [] : [{ jid, name: describe(Number(number)) }])
  }

  #fields(from: Jid | undefined): Element {
    const registered = this.#registered.get(String(from?.bare))
    const instructions = 'Which number do you like best?'
    return registrationFieldsElement({
      ...{ instructions, fields: ['username'] },
      ...(registered !== undefined && { registered }),
    })
  }

  #register({ from, payload }: Iq): undefined {
    const person = String(from?.bare)
    const action = readRegistrationAction(payload as Element)
    if (action.type === 'ambiguous') throw new StanzaError('bad-request')
    if (action.type === 'remove') {
      if (!this.#registered.delete(person)) throw new StanzaError('registration-required')
      return
    }
    if (!NUMBER.test(action.username ?? '')) throw new StanzaError('not-acceptable', 'a number of at most nine digits')
    this.#registered.set(person, action.username as string)
    const welcome = `Welcome. ${action.username}@${this.#component.jid} is waiting for you.`
    queueMicrotask(() => void this.#send(message({ to: person, type: 'chat', body: welcome })))
  }

  /** While there is no connection, nobody hears: who asked finds out from the server. */
  async #send(stanza: Element | undefined): Promise<void> {
    if (stanza && this.#component.state.status === 'online') await this.#component.send(stanza)
  }
}

const NUMBER = /^\d{1,9}$/

const numberOf = (jid: Jid | undefined): number | undefined =>
  jid && NUMBER.test(jid.local) ? Number(jid.local) : undefined

/** Such as `12 = 2 × 2 × 3`. */
export function describe(number: number): string {
  const factors: number[] = []
  let rest = number
  for (let factor = 2; factor * factor <= rest; factor++)
    for (; rest % factor === 0; rest /= factor) factors.push(factor)
  if (factors.length === 0) return number < 2 ? `${number}` : `${number}, a prime`
  return `${number} = ${[...factors, ...(rest > 1 ? [rest] : [])].join(' × ')}`
}

if (import.meta.main) {
  const [domain = 'numbers.localhost', host = '127.0.0.1'] = process.argv.slice(2)
  await using component = createComponent({ domain, host, secret: process.env.PARLOUR_NUMBERS_SECRET ?? '' })
  component.onState((state) => console.log(state.status, 'error' in state ? (state.error?.message ?? '') : ''))
  await runNumberGateway(component)
}
