/** How to sign in. */
export interface SignIn {
  /** Full address. */
  readonly jid: string
  readonly password: string
  readonly host: string
  readonly port: number
  readonly tls: 'starttls' | 'direct'
  /** PEM file of the authority to trust; empty, for slixmpp only: whatever certificate, or no TLS, will do. */
  readonly ca: string
  /** Makes the account in band first (XEP-0077), with this password. */
  readonly register?: string
}

export interface SignedIn {
  readonly jid: string
  /** SASL mechanism that was used, as far as the client tells. */
  readonly mechanism: string
}

export interface RosterItem {
  readonly jid: string
  readonly subscription: string
  readonly name?: string
  readonly ask?: string
  readonly groups?: readonly string[]
}

export interface MessageEvent {
  readonly from: string
  /** Told by components, which have many addresses. */
  readonly to?: string
  readonly type?: string
  readonly body: string
  /** When it was sent first (XEP-0203), if it says so. */
  readonly delayed?: string | null
}

/** A message came back. */
export interface MessageErrorEvent {
  readonly from: string
  readonly condition: string
  readonly text: string
}

/** A copy of what another resource of the account sent or received (XEP-0280). */
export interface CarbonEvent extends MessageEvent {
  readonly direction: 'sent' | 'received'
}

/** A message has arrived (XEP-0184). */
export interface ReceiptEvent {
  /** The `id` of the message. */
  readonly of: string
  readonly from: string
}

export interface PresenceEvent {
  readonly from: string
  readonly to?: string
  readonly type: string
  readonly show?: string
  readonly status?: string
}

/** Which messages of the own archive (XEP-0313). */
export interface ArchiveQuestion {
  readonly with: string
  readonly max: number
  readonly after?: string
  /** The last page. */
  readonly last?: boolean
}

export interface ArchivedBodies {
  readonly messages: readonly { readonly id: string; readonly body: string }[]
  readonly complete: boolean
}

/** A client that has access to the account (XEP-0494). */
export interface DeviceEntry {
  readonly id: string
  readonly isConnected: boolean
  /** How it has signed in. */
  readonly ways: readonly string[]
}

/** One running client: what its product cannot do is absent. An event is taken by the first who asks for it. */
export interface InteropClient {
  readonly product: string
  /** Full address, once signed in. */
  readonly jid: string
  signIn(how: SignIn): Promise<SignedIn>
  /** Signs off in order and ends the process. */
  close(): Promise<void>
  transcript(): string
  /** The next message that fits, past or to come. */
  message(fits: (message: MessageEvent) => boolean, limit?: number): Promise<MessageEvent>
  send(to: string, body: string): Promise<void>

  /** Present if it can make an account while it signs in. */
  readonly registers?: true
  presence?(presence?: { to?: string; type?: string; show?: string; status?: string; priority?: number }): Promise<void>
  presenceFrom?(fits: (presence: PresenceEvent) => boolean): Promise<PresenceEvent>
  rosterPush?(fits: (item: RosterItem) => boolean): Promise<RosterItem>
  roster?(): Promise<readonly RosterItem[]>
  /** The next error that a message was answered with; `limit` in ms. */
  messageError?(fits: (error: MessageErrorEvent) => boolean, limit?: number): Promise<MessageErrorEvent>
  setRosterItem?(jid: string, name: string, groups: readonly string[]): Promise<void>
  removeRosterItem?(jid: string): Promise<void>
  disco?(to: string): Promise<{ features: readonly string[]; identities: readonly (readonly string[])[] }>
  discoItems?(to: string): Promise<readonly string[]>
  ping?(to: string): Promise<void>
  setVcard?(fullName: string): Promise<void>
  vcard?(of: string): Promise<{ fullName: string }>
  lastActivity?(of: string): Promise<{ seconds: number }>
  version?(of: string): Promise<{ name: string }>
  time?(of: string): Promise<{ utc: string }>
  setPrivate?(text: string): Promise<void>
  getPrivate?(): Promise<{ text: string }>
  changePassword?(username: string, password: string): Promise<void>
  enableCarbons?(): Promise<void>
  carbon?(fits: (carbon: CarbonEvent) => boolean): Promise<CarbonEvent>
  /** Sends with a request for a receipt (XEP-0184). @returns the `id` of the message: the client may have its own */
  sendWithReceipt?(to: string, body: string, messageId: string): Promise<string>
  receipt?(fits: (receipt: ReceiptEvent) => boolean): Promise<ReceiptEvent>
  block?(jid: string): Promise<void>
  unblock?(jid: string): Promise<void>
  blocked?(): Promise<readonly string[]>
  /** Whether somebody looks at it (XEP-0352). */
  clientState?(state: 'active' | 'inactive'): Promise<void>
  archive?(question: ArchiveQuestion): Promise<ArchivedBodies>
  /** What a device that has just signed in knows of a conversation, the oldest first. */
  history?(other: string): Promise<readonly string[]>
  /** Which clients have access to the own account (XEP-0494 §3.1). */
  devices?(): Promise<readonly DeviceEntry[]>
  /** Takes the access of one of them away (XEP-0494 §3.2). */
  revoke?(device: string): Promise<'revoked' | 'password-reset-required'>
  /** Its session has been ended. */
  closed?(): Promise<void>
  /** Ends its session in order and signs in again, with what it has kept in place of a password (XEP-0484). */
  signInAgain?(): Promise<SignedIn>
  /** Loses its connection; the next one is not to be had yet. */
  cut?(): Promise<void>
  /** Sends while there is no connection, then there is one again; resolves when the server has acknowledged. */
  sendWhenBack?(to: string, body: string): Promise<{ resumed: boolean }>
  /** The stream error that ends the session. */
  streamError?(): Promise<string>
}
