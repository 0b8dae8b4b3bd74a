import type { Element } from '@parlour/xml'
import { isStarttlsCommand, STARTTLS_FAILURE, STARTTLS_PROCEED, starttlsFeature } from './starttls.ts'
import type { TlsInput, TlsOutput, TlsStep } from './tls-machine.ts'

/** The receiving entity's half of STARTTLS (RFC 6120 §5.4), named for what it waits for. */
export type TlsReceiverState =
  | { readonly name: 'awaiting-command'; readonly offered: boolean; readonly required: boolean }
  | { readonly name: 'awaiting-handshake' }
  | { readonly name: 'secured' }
  | { readonly name: 'closed' }

/** How TLS stands on a connection that was just accepted. */
export interface TlsReceiverOptions {
  /** The connection began with TLS (XEP-0368); STARTTLS is then neither offered nor accepted. */
  readonly secured: boolean
  /** This side can start TLS, so it must offer it (RFC 6120 §5.4.1). */
  readonly available: boolean
  /** TLS is mandatory to negotiate. */
  readonly required: boolean
}

/** The first state of the receiving half. */
export function createTlsReceiver(options: TlsReceiverOptions): TlsReceiverState {
  if (options.secured) return { name: 'secured' }
  return { name: 'awaiting-command', offered: options.available, required: options.required }
}

/** The feature to list in this state; `undefined` once TLS stands (RFC 6120 §5.4.3.3: never offered again). */
export function tlsFeature(state: TlsReceiverState): Element | undefined {
  return state.name === 'awaiting-command' && state.offered ? starttlsFeature(state.required) : undefined
}

/** Whether authentication may begin: TLS stands, or is not mandatory. Looks at the state of TLS itself (CVE-2014-8760). */
export function mayAuthenticate(state: TlsReceiverState): boolean {
  return state.name === 'secured' || (state.name === 'awaiting-command' && !state.required)
}

/** One step of the receiving half. Give it only elements of {@link TLS_NAMESPACE}; others are refused like a bad command. */
export function stepTlsReceiver(state: TlsReceiverState, input: TlsInput): TlsStep<TlsReceiverState> {
  switch (state.name) {
    case 'awaiting-command':
      return input.type === 'element' ? command(state, input.element) : fail(false)
    case 'awaiting-handshake':
      return handshake(input)
    case 'secured':
      return input.type === 'element' ? refuse() : fail(false)
    case 'closed':
      return { state, outputs: [] }
  }
}

function command(state: { readonly offered: boolean }, element: Element): TlsStep<TlsReceiverState> {
  if (!state.offered || !isStarttlsCommand(element)) return refuse()
  return {
    state: { name: 'awaiting-handshake' },
    outputs: [{ type: 'send', element: STARTTLS_PROCEED }, { type: 'start-tls' }],
  }
}

function handshake(input: TlsInput): TlsStep<TlsReceiverState> {
  return input.type === 'tls-established' ? { state: { name: 'secured' }, outputs: [{ type: 'restart' }] } : fail(false)
}

/** RFC 6120 §5.4.2.2: `<failure/>`, `</stream>`, end of the connection. */
function refuse(): TlsStep<TlsReceiverState> {
  return fail(true, { type: 'send', element: STARTTLS_FAILURE })
}

function fail(footer: boolean, ...first: TlsOutput[]): TlsStep<TlsReceiverState> {
  return { state: { name: 'closed' }, outputs: [...first, { type: 'close', footer }] }
}
