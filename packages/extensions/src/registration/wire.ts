/** XEP-0077: In-Band Registration, version 2.4. */
import { type Element, el } from '@parlour/xml'

export const REGISTER_NAMESPACE = 'jabber:iq:register'
/** Of the stream feature (XEP-0077 §8). */
export const REGISTER_FEATURE_NAMESPACE = 'http://jabber.org/features/iq-register'

const child = (name: string, text?: string) => el(name, REGISTER_NAMESPACE, {}, text)

/** `<register/>` among the stream features (XEP-0077 §8). */
export function registerFeature(): Element {
  return el('register', REGISTER_FEATURE_NAMESPACE)
}

/** Asks what registration needs, or what is registered (XEP-0077 §3.1). */
export function registrationRequest(): Element {
  return el('query', REGISTER_NAMESPACE)
}

/** Registers, or changes the password of one's account (XEP-0077 §3.1, §3.3). */
export function credentialsElement(username: string, password: string): Element {
  return el('query', REGISTER_NAMESPACE, {}, child('username', username), child('password', password))
}

/** Cancels the registration (XEP-0077 §3.2). */
export function removalElement(): Element {
  return el('query', REGISTER_NAMESPACE, {}, child('remove'))
}

/** What registration needs (XEP-0077 §3.1). */
export interface RegistrationFields {
  readonly instructions: string
  /** Names of the fields that are all required: `username`, `password`, `email` … */
  readonly fields: readonly string[]
  /** Of an account that exists: its username. */
  readonly registered?: string
}

/** The answer to {@link registrationRequest}: empty fields, or `<registered/>` with the username. */
export function registrationFieldsElement({ instructions, fields, registered }: RegistrationFields): Element {
  return el(
    'query',
    REGISTER_NAMESPACE,
    {},
    registered !== undefined && child('registered'),
    child('instructions', instructions),
    ...fields.map((name) => child(name, name === 'username' ? registered : undefined)),
  )
}

/** Reads the answer of a server or service. */
export function readRegistrationFields(query: Element): RegistrationFields {
  const own = query.elements().filter(({ namespace }) => namespace === REGISTER_NAMESPACE)
  const fields = own.map(({ name }) => name).filter((name) => name !== 'instructions' && name !== 'registered')
  return {
    instructions: query.childText('instructions') ?? '',
    fields,
    ...(query.child('registered') ? { registered: query.childText('username') ?? '' } : {}),
  }
}

/** What a `set` asks for (XEP-0077 §3). */
export type RegistrationAction =
  | { readonly type: 'remove' }
  /** `<remove/>` among other things: `bad-request` (XEP-0077 §3.2). */
  | { readonly type: 'ambiguous' }
  | { readonly type: 'submit'; readonly username: string | undefined; readonly password: string | undefined }

export function readRegistrationAction(query: Element): RegistrationAction {
  if (query.child('remove')) return { type: query.elements().length === 1 ? 'remove' : 'ambiguous' }
  return { type: 'submit', username: query.childText('username'), password: query.childText('password') }
}
