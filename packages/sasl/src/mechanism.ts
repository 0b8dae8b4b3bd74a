import type { HashName } from './crypto.ts'

/** The mechanisms this package speaks, strongest first: the order in which they are offered and chosen. */
export const MECHANISM_NAMES = [
  'EXTERNAL',
  'SCRAM-SHA-512-PLUS',
  'SCRAM-SHA-256-PLUS',
  'SCRAM-SHA-1-PLUS',
  'SCRAM-SHA-512',
  'SCRAM-SHA-256',
  'SCRAM-SHA-1',
  'PLAIN',
  'ANONYMOUS',
] as const

/** Name of a SASL mechanism, as the IANA registry has it. */
export type MechanismName = (typeof MECHANISM_NAMES)[number]

/** What one mechanism of the SCRAM family is made of. */
export interface ScramVariant {
  readonly hash: HashName
  /** Whether it binds to the TLS channel (the name ends in `-PLUS`). */
  readonly plus: boolean
}

/** The SCRAM family by name (RFC 5802 §4, RFC 7677 §2). */
export const SCRAM_VARIANTS: Readonly<Partial<Record<MechanismName, ScramVariant>>> = {
  'SCRAM-SHA-1': { hash: 'SHA-1', plus: false },
  'SCRAM-SHA-1-PLUS': { hash: 'SHA-1', plus: true },
  'SCRAM-SHA-256': { hash: 'SHA-256', plus: false },
  'SCRAM-SHA-256-PLUS': { hash: 'SHA-256', plus: true },
  'SCRAM-SHA-512': { hash: 'SHA-512', plus: false },
  'SCRAM-SHA-512-PLUS': { hash: 'SHA-512', plus: true },
}

/** Whether `name` is a mechanism of this package. */
export const isMechanismName = (name: string): name is MechanismName =>
  (MECHANISM_NAMES as readonly string[]).includes(name)

/** The types of channel binding this package knows (RFC 9266, RFC 5929 §4), strongest first. */
export const CHANNEL_BINDING_TYPES = ['tls-exporter', 'tls-server-end-point'] as const
/** With `tls-unique` (RFC 5929 §3), which a server may accept from older clients, but which is never announced or chosen. */
export type ChannelBindingType = (typeof CHANNEL_BINDING_TYPES)[number] | 'tls-unique'

/** The data of each type of channel binding that the TLS connection has. */
export type ChannelBindings = Pick<ReadonlyMap<ChannelBindingType, Uint8Array>, 'size' | 'get'>
