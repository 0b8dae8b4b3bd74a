/** The five message types (RFC 6121 §5.2.2). */
export type MessageType = 'normal' | 'chat' | 'groupchat' | 'headline' | 'error'

/** The conditions of RFC 6121 §8.5.4, Table 1, by its own words. */
export type DeliveryCondition =
  | 'account does not exist'
  | 'account exists, but no active resources'
  | '1+ negative resources but zero non-negative resources'
  | '1 non-negative resource'
  | '1+ non-negative resources'

/** The form of the address, as in the lines of RFC 6121 §8.5.4, Table 1. */
export type AddressForm = 'bare' | 'full match' | 'full no match'

/**
 * What happens to a message, by the letters of RFC 6121 §8.5.4: `O` store it offline, `E` bounce it with an error,
 * `S` silently ignore it, `D` deliver it to the resource, `M` to the most available resources, `A` to all with
 * non-negative priority.
 */
export type DeliveryOption = 'O' | 'E' | 'S' | 'D' | 'M' | 'A'

/** One line of the table. */
export type DeliveryLine = Readonly<Record<MessageType, DeliveryOption>>

// biome-ignore format: to be laid beside Table 1 of the RFC
/**
 * RFC 6121 §8.5.4, Table 1, with one choice made where it leaves two:
 * S/E is E for `normal`, `chat` and `groupchat`, S for `headline`; O/E is O; M/A is M.
 * A bounced message gets `service-unavailable` whether the account exists or not (RFC 6121 §8.5.1, §10.2 of RFC 6120).
 * The column `error` is added from the text of §8.5.2 and §8.5.3: never stored, bounced or spread.
 */
export const MESSAGE_DELIVERY: Readonly<Record<DeliveryCondition, Readonly<Record<AddressForm, DeliveryLine>>>> = {
  'account does not exist': {
    'bare':          { normal: 'E', chat: 'E', groupchat: 'E', headline: 'S', error: 'S' },
    'full match':    { normal: 'E', chat: 'E', groupchat: 'E', headline: 'S', error: 'S' },
    'full no match': { normal: 'E', chat: 'E', groupchat: 'E', headline: 'S', error: 'S' },
  },
  'account exists, but no active resources': {
    'bare':          { normal: 'O', chat: 'O', groupchat: 'E', headline: 'S', error: 'S' },
    'full match':    { normal: 'D', chat: 'D', groupchat: 'D', headline: 'D', error: 'D' },
    'full no match': { normal: 'E', chat: 'O', groupchat: 'E', headline: 'S', error: 'S' },
  },
  '1+ negative resources but zero non-negative resources': {
    'bare':          { normal: 'O', chat: 'O', groupchat: 'E', headline: 'S', error: 'S' },
    'full match':    { normal: 'D', chat: 'D', groupchat: 'D', headline: 'D', error: 'D' },
    'full no match': { normal: 'E', chat: 'O', groupchat: 'E', headline: 'S', error: 'S' },
  },
  '1 non-negative resource': {
    'bare':          { normal: 'D', chat: 'D', groupchat: 'E', headline: 'D', error: 'S' },
    'full match':    { normal: 'D', chat: 'D', groupchat: 'D', headline: 'D', error: 'D' },
    'full no match': { normal: 'E', chat: 'D', groupchat: 'E', headline: 'S', error: 'S' },
  },
  '1+ non-negative resources': {
    'bare':          { normal: 'M', chat: 'M', groupchat: 'E', headline: 'A', error: 'S' },
    'full match':    { normal: 'D', chat: 'D', groupchat: 'D', headline: 'D', error: 'D' },
    'full no match': { normal: 'E', chat: 'M', groupchat: 'E', headline: 'S', error: 'S' },
  },
}
