import type { Jid } from '@parlour/jid'
import type { Element } from '@parlour/xml'
import type { ClientSession } from '../client-session.ts'
import type { ClientStream } from '../stream/kernel-port.ts'

/**
 * What a client can have together with its resource (XEP-0386 §3): it names the feature by an element in this namespace,
 * or the feature has something to say in any case.
 */
export interface BindFeature {
  /** Of the element that asks for it, and the `var` by which it is announced. */
  readonly namespace: string
  /** Default true: it is announced. */
  readonly isListed?: boolean
  /**
   * A resource was bound by Bind 2, and nothing was written since.
   *
   * @param request the client's element; `undefined`: it did not ask for this
   * @returns for `<bound/>`
   */
  bound(session: ClientSession, request: Element | undefined): Element | undefined | Promise<Element | undefined>
}

/** Stream management, as far as it is negotiated together with signing in (XEP-0198 §9). */
export interface InlineManagement {
  /** Answers `<resume/>`: with the session that goes on, or without one. */
  resume(account: Jid, request: Element, stream: ClientStream): ManagementAnswer | Promise<ManagementAnswer>
  /** Answers `<enable/>` of a session that has just bound its resource. */
  enable(session: ClientSession, request: Element): ManagementAnswer | Promise<ManagementAnswer>
}

export interface ManagementAnswer {
  /** `<resumed/>`, `<enabled/>` or `<failed/>`. */
  readonly element: Element
  readonly session?: ClientSession | undefined
  /** To be called when the answer has been written. */
  begin(): void
}
