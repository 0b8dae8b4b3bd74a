import type { ImportMode, ImportOutcome, PortablePart } from '@parlour/server-core'
import { StanzaError } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { dateTime, readDateTime } from '../date-time/wire.ts'
import type { PushAccount } from './account.ts'
import type { PushAccounts } from './accounts.ts'
import { isPushContent } from './content.ts'
import { checkLengths, keyOf, optionsOf, type Registration, registrationOf } from './registration.ts'
import { PUSH_NAMESPACE, readEnablePush } from './wire.ts'

/** What XEP-0227 has no place for stands in elements of a namespace of one's own (§4 there). */
const PORTABLE_PUSH_NAMESPACE = 'urn:parlour:push:0'
/** Of the resource of a device (RFC 7622 §3.1). */
const MAX_RESOURCE_LENGTH = 1023

/**
 * The push services of the devices of an account, as they were enabled (XEP-0357 §5), and what their notifications may tell.
 * Not in it: how many messages are unread, and which service has failed.
 */
export function pushPart(accounts: PushAccounts, maxServices: number): PortablePart {
  return {
    title: 'push registrations',
    element: { name: 'push', namespace: PORTABLE_PUSH_NAMESPACE },
    isContainer: true,
    async export(address) {
      const { targets, content } = await accounts.get(address.toString())
      const registrations = [...targets].sort(([one], [other]) => (one < other ? -1 : 1))
      return [
        ...(content === 'count' ? [] : [el('content', PORTABLE_PUSH_NAMESPACE, {}, content)]),
        ...registrations.map(([, { registration }]) => registrationElement(registration)),
      ]
    },
    import: (address, mode) => ({
      async take(element) {
        const taking = new Taking(accounts, await accounts.get(address.toString()), mode)
        if (element.is('content', PORTABLE_PUSH_NAMESPACE)) return taking.content(element.text())
        return taking.registration(element, maxServices)
      },
    }),
  }
}

function registrationElement(registration: Registration): Element {
  const { jid, node, resource, at } = registration
  const enable = el('enable', PUSH_NAMESPACE, { jid, node }, optionsOf(registration))
  return el('registration', PORTABLE_PUSH_NAMESPACE, { resource, at: dateTime(at) }, enable)
}

class Taking {
  readonly #accounts: PushAccounts
  readonly #account: PushAccount
  readonly #mode: ImportMode

  constructor(accounts: PushAccounts, account: PushAccount, mode: ImportMode) {
    this.#accounts = accounts
    this.#account = account
    this.#mode = mode
  }

  async content(text: string): Promise<ImportOutcome> {
    const { address, content } = this.#account
    if (!isPushContent(text)) return { result: 'refused', reason: 'a choice of what is told that is none' }
    if (content === text) return 'unchanged'
    if (content !== 'count' && !this.#mode.replaces)
      return { result: 'kept', reason: 'the account allows something else to be told' }
    if (!this.#mode.isTrial) await this.#accounts.allow(address, text)
    return content === 'count' ? 'added' : 'replaced'
  }

  async registration(element: Element, maxServices: number): Promise<ImportOutcome> {
    const registration = readRegistration(element)
    if (typeof registration === 'string') return { result: 'refused', reason: registration }
    const { targets, unread } = this.#account
    const before = targets.get(keyOf(registration))?.registration
    if (before && isSame(before, registration)) return 'unchanged'
    if (before && !this.#mode.replaces) return { result: 'kept', reason: 'the node is enabled, and differs' }
    if (!before && targets.size >= maxServices)
      return { result: 'refused', reason: `at most ${maxServices} push services can be enabled` }
    if (!this.#mode.isTrial) await this.#accounts.add(this.#account, { ...registration, reached: unread.latest })
    return before ? 'replaced' : 'added'
  }
}

/** @returns the reason for the operator, if it is none */
function readRegistration(element: Element): Registration | string {
  const enable = element.child('enable', PUSH_NAMESPACE)
  const at = readDateTime(element.attribute('at') ?? '')
  const resource = element.attribute('resource') ?? ''
  if (!enable || at === undefined || resource.length > MAX_RESOURCE_LENGTH) return 'something that is no registration'
  try {
    const registration = registrationOf(readEnablePush(enable), resource, at)
    checkLengths(registration)
    return registration
  } catch (error) {
    if (error instanceof StanzaError) return error.text ?? error.condition
    throw error
  }
}

const isSame = (one: Registration, other: Registration): boolean =>
  one.options === other.options && one.resource === other.resource && one.at === other.at
