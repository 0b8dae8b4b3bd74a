/** What of `@xmpp/client` its driver uses; the package has no declarations. */
declare module '@xmpp/client' {
  export interface Element {
    readonly name: string
    readonly attrs: Readonly<Record<string, string>>
    readonly children: readonly (Element | string)[]
    is(name: string, namespace?: string): boolean
    text(): string
    getChild(name: string, namespace?: string): Element | undefined
    getChildren(name: string, namespace?: string): Element[]
    getChildText(name: string, namespace?: string): string | null
  }
  type Node = Element | string | undefined
  export function xml(
    name: string,
    attributes: Readonly<Record<string, unknown>> | string,
    ...children: Node[]
  ): Element
  export function jid(address: string): { readonly local: string; readonly domain: string; readonly resource: string }
  interface IqCaller {
    get(payload: Element, to?: string, timeout?: number): Promise<Element | undefined>
    set(payload: Element, to?: string, timeout?: number): Promise<Element | undefined>
    request(iq: Element, timeout?: number): Promise<Element>
  }
  export interface Client {
    /** Milliseconds that each step of signing in may take. */
    timeout: number
    readonly reconnect: { stop(): void; reconnect(): Promise<void> }
    readonly streamManagement: {
      on(event: 'resumed', listener: () => void): void
      on(event: 'ack', listener: (stanza: Element) => void): void
    }
    readonly socket: { end(): void } | undefined
    readonly iqCaller: IqCaller
    readonly iqCallee: {
      set(namespace: string, name: string, answer: (context: { element: Element }) => unknown): void
    }
    start(): Promise<{ toString(): string }>
    stop(): Promise<unknown>
    send(element: Element): Promise<void>
    on(event: 'error', listener: (error: Error) => void): void
    on(event: 'element' | 'send' | 'nonza' | 'stanza', listener: (element: Element) => void): void
    on(event: 'disconnect', listener: () => void): void
    on(event: 'online', listener: (jid: { toString(): string }) => void): void
    off(event: 'stanza', listener: (element: Element) => void): void
  }
  export function client(options: Readonly<Record<string, string | undefined>>): Client
}
